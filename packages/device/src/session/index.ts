export type { Session } from './session.ts';
export { type Arrival, Sessions, type SessionsOptions } from './sessions.ts';
