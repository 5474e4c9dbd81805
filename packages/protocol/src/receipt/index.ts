export { checkReceiptFile } from './check.ts';
export {
  type DeviceHalf,
  formatReceipt,
  parseReceipt,
  type Receipt,
  type RepresentativeHalf,
  receiptCap,
  receiptSchema,
  type Vouch,
  vouchSchema,
} from './file.ts';
export { isWhole, ListBuilder, type Listed } from './lists.ts';
export {
  encodeReceiptMessage,
  readReceiptMessages,
  receiptMessageCap,
  type Signing,
  signingSchemas,
  type ToSign,
  toSignSchemas,
} from './messages.ts';
export { isSignedBy, signText } from './sign.ts';
export {
  type ChannelItem,
  channelItemSchema,
  type FileItem,
  fileItemSchema,
  listBytes,
  parseStatement,
  type RecordingItem,
  type RefusalItem,
  recordingItemSchema,
  refusalItemSchema,
  type Statement,
  statementCap,
  statementHash,
  statementText,
} from './statement.ts';
export { type Note, type Standing, type Verified, verifyReceipt } from './verify.ts';
