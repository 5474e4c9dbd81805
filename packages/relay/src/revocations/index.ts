export {
  lastRevocation,
  type Revocation,
  recordRevocation,
  revocationsAfter,
  revokedKeys,
} from './revocations.ts';
export { type RevocationWatch, watchRevocations } from './watch.ts';
