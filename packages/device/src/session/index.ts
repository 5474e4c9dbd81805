export type { Arrival } from './entry.ts';
export { type Refusal, Refusals } from './refusals.ts';
export type { Session } from './session.ts';
export { Sessions, type SessionsOptions } from './sessions.ts';
export { systemLine } from './systemLine.ts';
