export { ApprovalQueue, approvalMs, type Waiting } from './queue.ts';
