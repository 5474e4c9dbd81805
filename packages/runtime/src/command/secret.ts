import { closeSync, openSync, readSync } from 'node:fs';
import { SallyportError } from '@sallyport/protocol/errors';
import { fail } from '../errors/index.ts';
import { askSecret } from './tty.ts';

/** Where a secret comes from; never from an argument, which other users of the machine can see. */
export type SecretSource = {
  /** What it is, at the start of a sentence: `The one-time password`. */
  readonly what: string;
  /** What the person is asked, such as `One-time password for 40123: `. */
  readonly prompt: string;
  /** A file that was named by an option; `-` is standard input. Its first line counts. */
  readonly file?: string | undefined;
  /** The value of an environment variable. */
  readonly env?: string | undefined;
  /** What to do where there is no terminal, as a sentence: `Run "sallyport pair 40123" first.` */
  readonly instead: string;
  /** Ends the question at the terminal: Ctrl-C is read there as a key, SIGTERM and SIGHUP come this way. */
  readonly signal?: AbortSignal;
  readonly capBytes?: number;
  /** Path of the terminal; for tests. */
  readonly tty?: string;
};

/**
 * Reads a secret from the file that was named, else from the environment, else from the terminal without showing it.
 *
 * @throws secret-unreadable, no-tty, interrupted, what `signal` says
 */
export async function readSecret(source: SecretSource): Promise<string> {
  const { what, file, env, prompt, instead, signal, tty = '/dev/tty', capBytes = 4_096 } = source;
  if (file !== undefined) return readFirstLine(file, what, capBytes);
  if (env) return env.trim();
  return askSecret({ what, prompt, instead, signal, tty, capBytes });
}

const standardInput = 0;

function readFirstLine(path: string, what: string, cap: number): string {
  const named = path === '-' ? 'Standard input' : path;
  const unreadable = (reason: string, cause?: unknown): Error =>
    fail('secret-unreadable', { details: { path: named, what: lower(what), reason, cap }, cause });
  let file: number;
  try {
    // Not by /dev/stdin: a socket cannot be opened by its path.
    file = path === '-' ? standardInput : openSync(path, 'r');
  } catch (cause) {
    throw unreadable(`error ${(cause as NodeJS.ErrnoException).code ?? 'unknown'}`, cause);
  }
  try {
    const buffer = Buffer.alloc(cap + 1);
    let length = 0;
    for (let count = 1; count > 0 && length < buffer.length; length += count) {
      count = readSync(file, buffer, length, buffer.length - length, null);
    }
    if (length > cap) throw unreadable(`it is larger than ${cap} bytes`);
    const line = buffer.toString('utf8', 0, length).split(/\r?\n/, 1)[0]?.trim() ?? '';
    if (line === '') throw unreadable('it is empty');
    return line;
  } catch (cause) {
    if (cause instanceof SallyportError) throw cause;
    throw unreadable(`error ${(cause as NodeJS.ErrnoException).code ?? 'unknown'}`, cause);
  } finally {
    if (file !== standardInput) closeSync(file);
  }
}

const lower = (what: string): string => what.slice(0, 1).toLowerCase() + what.slice(1);
