export { readReceipts } from './read.ts';
export { reportOf } from './reportOf.ts';
