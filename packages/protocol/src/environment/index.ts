export type { Clock, Timer } from './clock.ts';
export { type Log, type LogFields, silentLog } from './log.ts';
export { type Random, uniform } from './random.ts';
