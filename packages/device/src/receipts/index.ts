export { Receipts, type ReceiptsOptions, type SessionReceipt } from './receipts.ts';
