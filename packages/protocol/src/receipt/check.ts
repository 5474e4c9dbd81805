import { fail, SallyportError } from '../errors/index.ts';
import { parseReceipt } from './file.ts';
import { type Verified, verifyReceipt } from './verify.ts';

/**
 * Reads and checks the file of a receipt. What is wrong is said with its name: there may be many.
 *
 * @param name of the file, printable
 * @param root SHA-256 of the maker's root, if it is known
 * @throws receipt-malformed, receipt-false
 */
export function checkReceiptFile(bytes: Uint8Array, name: string, root?: string): Verified {
  try {
    return verifyReceipt(parseReceipt(bytes), root);
  } catch (error) {
    const known = error instanceof SallyportError ? error : fail('internal', { cause: error });
    const code = known.code === 'receipt-false' ? 'receipt-false' : 'receipt-malformed';
    const { reason } = known.details;
    const why = typeof reason === 'string' ? reason : known.message.replace(/\.$/, '');
    throw fail(code, { details: { reason: `${why} (${name})` }, cause: error });
  }
}
