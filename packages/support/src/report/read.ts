import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  checkReceiptFile,
  parseReceipt,
  parseStatement,
  receiptCap,
  type Statement,
  type Verified,
} from '@sallyport/protocol/receipt';
import { printable } from '@sallyport/protocol/text';
import { readPrivateFile } from '@sallyport/runtime/folder';

/** Receipts of one grant that are read; a grant has fewer sessions by far. */
const receiptsCap = 2_000;

/**
 * The receipts of the newest grant that had this port number, or of the grant with this id.
 *
 * @param root SHA-256 of the maker's root
 * @returns none if there are none
 * @throws receipt-false, receipt-malformed: of that grant alone
 */
export function readReceipts(data: string, named: string, root: string): Verified[] {
  const folder = join(data, 'receipts');
  const grants = list(folder).filter((name) => /^[0-9a-f]{32}$/.test(name));
  if (grants.includes(named)) return ofGrant(folder, named, root);
  const port = Number(named);
  const [newest] = grants
    .flatMap((grant) => saidOf(folder, grant))
    .filter((statement) => statement.port === port)
    .toSorted((one, other) => other.to - one.to);
  return newest ? ofGrant(folder, newest.grant, root) : [];
}

function ofGrant(folder: string, grant: string, root: string): Verified[] {
  return filesOf(folder, grant).map(({ name, bytes }) => checkReceiptFile(bytes, name, root));
}

/** What the receipts of a grant say, unchecked: it tells which grant is meant. One that cannot be read says nothing. */
function saidOf(folder: string, grant: string): Statement[] {
  return filesOf(folder, grant).flatMap(({ bytes }) => {
    try {
      return [parseStatement(parseReceipt(bytes).statement)];
    } catch {
      return [];
    }
  });
}

function filesOf(folder: string, grant: string): { readonly name: string; readonly bytes: Buffer }[] {
  return list(join(folder, grant))
    .filter((name) => name.endsWith('.json'))
    .slice(0, receiptsCap)
    .flatMap((file) => {
      const path = join(folder, grant, file);
      const bytes = readPrivateFile(path, receiptCap);
      return bytes ? [{ name: printable(path, 200), bytes }] : [];
    });
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // Nothing was received yet.
  }
}
