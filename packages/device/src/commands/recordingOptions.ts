import { InvalidArgumentError } from '@sallyport/runtime/command';

/** `--limit COUNT`, up to 10,000. */
export function parseCount(text: string): number {
  const count = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (count < 1 || count > 10_000) throw new InvalidArgumentError('Give a number from 1 to 10000.');
  return count;
}

/** `--speed TIMES`, from 0.1 to 1,000. */
export function parseTimes(text: string): number {
  const times = /^\d{1,4}(\.\d{1,3})?$/.test(text) ? Number(text) : 0;
  if (times < 0.1 || times > 1_000) throw new InvalidArgumentError('Give a number from 0.1 to 1000.');
  return times;
}

type Noted = { readonly bytes: number; readonly sha256: string };

/** `--noted BYTES:SHA256`, and the option given several times: one list. */
export function parseNoted(text: string, before: readonly Noted[] = []): readonly Noted[] {
  const match = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text);
  if (!match)
    throw new InvalidArgumentError('Write it as BYTES:SHA256, as the audit log of the relay has it.');
  return [...before, { bytes: Number(match[1]), sha256: match[2] ?? '' }];
}
