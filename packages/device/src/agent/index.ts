export { Agent, type AgentOptions } from './agent.ts';
export { readBootId } from './bootId.ts';
export { type AgentConfig, needsRunAs } from './config.ts';
export { resolveRunAs } from './runAs.ts';
export { type Problem, problemOf, type Status, statusSchema } from './status.ts';
export type { EnableWish } from './wish.ts';
