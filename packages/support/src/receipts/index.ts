export { keepReceipt, keptGrants, receiptPath } from './folder.ts';
export { Witness } from './witness.ts';
