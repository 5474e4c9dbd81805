export type { StreamEnd } from './failures.ts';
export { ReplayBudget } from './replayBudget.ts';
export { ResumableStream, type ResumableStreamOptions, type StreamStats } from './resumableStream.ts';
