export { type Ask, AskDesk, type Wanted } from './asks.ts';
export { ApprovalQueue, approvalMs, type Waiting } from './queue.ts';
