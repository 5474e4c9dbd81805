export { addReceiptVerify, type ReceiptFlags } from './command.ts';
