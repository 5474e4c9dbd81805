/** What every parser in `parsers.ts` is, and what it may answer. */
import { Duplex } from 'node:stream';
import { SallyportError } from '@sallyport/protocol/errors';
import { Malformed } from '../../packages/device/src/files/fields.ts';
import { Refusal } from '../../packages/device/src/files/refusal.ts';
import { SftpRefusal } from '../../packages/support/src/sftp/client.ts';

export type Parser = {
  /** Takes input whole. @throws what `isRefusal` says yes to, and nothing else */
  readonly take: (input: Buffer) => void | Promise<void>;
  /** The most that it may set aside at once for an input of up to 4 KiB, in bytes. */
  readonly largestBytes: number;
  readonly examples: readonly Buffer[];
  /** One run does cryptography, a file or a server: fewer of them. */
  readonly isSlow?: true;
};

/** Whether an error says no to an input, rather than that something broke. */
export const isRefusal = (error: unknown): boolean =>
  (error instanceof SallyportError && error.code !== 'internal') ||
  error instanceof Malformed ||
  error instanceof Refusal ||
  error instanceof SftpRefusal;

export const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

/** A connection on which these bytes come, and then its end. What is said on it goes nowhere. */
export function connectionWith(input: Buffer): Duplex {
  const connection = new Duplex({
    read: () => {},
    write: (_chunk, _encoding, done) => done(),
    final: (done) => done(),
  });
  connection.on('error', () => {});
  connection.push(input);
  connection.push(null);
  return connection;
}
