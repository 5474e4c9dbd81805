import { closeSync, openSync, readSync } from 'node:fs';
import { fail, SallyportError } from '@sallyport/protocol/errors';
import { checkReceiptFile, receiptCap, type Verified } from '@sallyport/protocol/receipt';
import { printable } from '@sallyport/protocol/text';

/** Of a file's name, where it is told, in characters. */
const longestName = 200;

/**
 * Reads and checks the file of a receipt. Asks nobody.
 *
 * @param root SHA-256 of the maker's root, if it is known
 * @throws receipt-malformed, receipt-false
 */
export function verifyReceiptFile(path: string, root?: string): Verified {
  const name = printable(path, longestName);
  return checkReceiptFile(readCapped(path, name), name, root);
}

function readCapped(path: string, name: string): Buffer {
  let fd: number | undefined;
  try {
    fd = openSync(path, 'r');
    // A pipe has no size: it is read until it ends, or has more.
    const bytes = Buffer.alloc(receiptCap + 1);
    let length = 0;
    for (let read = -1; read !== 0; length += read) {
      read = readSync(fd, bytes, length, bytes.length - length, null);
    }
    if (length > receiptCap) throw malformed(`it has more than ${receiptCap} bytes (${name})`);
    return bytes.subarray(0, length);
  } catch (error) {
    if (error instanceof SallyportError) throw error;
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    throw malformed(`it cannot be read, ${code} (${name})`, error);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

const malformed = (reason: string, cause?: unknown): SallyportError =>
  fail('receipt-malformed', { details: { reason }, cause });

/**
 * What is missing between receipts of one representative in one grant: each names the one before.
 *
 * @param verified some of them, in any order
 * @returns in words, one line each
 */
export function gapsBetween(verified: readonly Verified[]): string[] {
  const chains = Map.groupBy(
    verified.filter(({ statement }) => statement.by === 'device'),
    ({ statement }) => `${statement.grant} ${statement.representative.key}`,
  );
  return [...chains.values()].flatMap((chain) => {
    const inOrder = chain.toSorted((one, other) => one.statement.number - other.statement.number);
    return inOrder.flatMap(({ statement }, index) => {
      const before = inOrder[index - 1];
      if (!before) return statement.number > 1 ? [missing(statement.number, 0)] : [];
      if (before.statement.number === statement.number) {
        return before.hash === inOrder[index]?.hash
          ? []
          : [`There are two different receipts ${statement.number}.`];
      }
      if (before.statement.number < statement.number - 1) {
        return [missing(statement.number, before.statement.number)];
      }
      return statement.previous === before.hash
        ? []
        : [`Receipt ${statement.number} does not follow receipt ${before.statement.number}.`];
    });
  });
}

function missing(number: number, before: number): string {
  const [first, last] = [before + 1, number - 1];
  return first === last
    ? `Receipt ${first} of this grant is not among them.`
    : `Receipts ${first} to ${last} of this grant are not among them.`;
}
