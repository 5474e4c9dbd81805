// Imports no table of errors: the watchdog needs this, and has to stay small.
import { constants } from 'node:os';

/** What a system has run out of, by the error that says so, as the end of a sentence. */
const shortages = {
  EMFILE: 'the agent has as many files open as it may',
  ENFILE: 'the system has as many files open as it can',
  ENOMEM: 'there is no memory left',
  EAGAIN: 'the system starts no more processes',
} as const;
const codes = Object.keys(shortages) as (keyof typeof shortages)[];

/** How deep a cause may lie. */
const deepest = 8;

/** What the system has run out of, if `error`, or what caused it, says so; undefined otherwise. */
export function shortageOf(error: unknown, depth = 0): string | undefined {
  if (!(error instanceof Error) || depth > deepest) return undefined;
  // A SystemError of Node, as of `os.networkInterfaces()`, has its number only.
  const { code, info } = error as NodeJS.ErrnoException & { info?: { errno?: number } };
  const number = Math.abs(info?.errno ?? 0);
  const own = codes.find((one) => one === code || constants.errno[one] === number);
  if (own !== undefined) return shortages[own];
  const below: unknown[] = error instanceof AggregateError ? [...error.errors, error.cause] : [error.cause];
  return below.map((cause) => shortageOf(cause, depth + 1)).find((found) => found !== undefined);
}

/**
 * What `read` gives, or `otherwise` when it fails. A failure for want of descriptors or memory is thrown: it says nothing
 * of what was to be read. A process whose state cannot be read is not gone.
 */
export function unlessGone<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch (error) {
    if (shortageOf(error) !== undefined) throw error;
    return otherwise;
  }
}
