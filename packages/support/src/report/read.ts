import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseReceipt, receiptCap, type Verified, verifyReceipt } from '@sallyport/protocol/receipt';
import { readPrivateFile } from '@sallyport/runtime/folder';

/** Receipts of one grant that are read; a grant has fewer sessions by far. */
const receiptsCap = 2_000;

/**
 * The receipts of the newest grant that had this port number, or of the grant with this id.
 *
 * @param root SHA-256 of the maker's root
 * @returns none if there are none
 * @throws receipt-false, message-malformed
 */
export function readReceipts(data: string, named: string, root: string): Verified[] {
  const folder = join(data, 'receipts');
  const grants = list(folder).filter((name) => /^[0-9a-f]{32}$/.test(name));
  if (grants.includes(named)) return ofGrant(folder, named, root);
  const port = Number(named);
  const newest = grants
    .map((grant) => ofGrant(folder, grant, root))
    .filter((receipts) => receipts.some(({ statement }) => statement.port === port))
    .toSorted((one, other) => lastOf(other) - lastOf(one));
  return newest[0] ?? [];
}

const lastOf = (receipts: readonly Verified[]): number =>
  Math.max(...receipts.map(({ statement }) => statement.to));

function ofGrant(folder: string, grant: string, root: string): Verified[] {
  return list(join(folder, grant))
    .filter((name) => name.endsWith('.json'))
    .slice(0, receiptsCap)
    .flatMap((name) => {
      const bytes = readPrivateFile(join(folder, grant, name), receiptCap);
      return bytes ? [verifyReceipt(parseReceipt(bytes), root)] : [];
    });
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // Nothing was received yet.
  }
}
