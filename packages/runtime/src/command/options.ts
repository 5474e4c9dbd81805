import { formatDuration, longestGrantMs, parseDuration, shortestGrantMs } from '@sallyport/protocol/grant';
import { InvalidArgumentError } from 'commander';

export { InvalidArgumentError };

/** Reads `--wait SECONDS` within these bounds, both of them allowed and in seconds, as milliseconds; fractions allowed. */
export const secondsWithin =
  (least: number, most: number) =>
  (text: string): number => {
    const seconds = /^\d{1,5}(\.\d{1,3})?$/.test(text) ? Number(text) : Number.NaN;
    if (!(seconds >= least && seconds <= most)) {
      throw new InvalidArgumentError(`Give seconds, such as 30, from ${least} to ${most}.`);
    }
    return Math.round(seconds * 1_000);
  };

/** `--wait SECONDS`, as milliseconds; up to a day, fractions allowed. */
export const parseSeconds = secondsWithin(0, 86_400);

/** `--for DURATION` of a grant, as milliseconds. */
export function parseForOption(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined || ms < shortestGrantMs || ms > longestGrantMs) {
    const bounds = `from ${formatDuration(shortestGrantMs)} to ${formatDuration(longestGrantMs)}`;
    throw new InvalidArgumentError(`Give a duration such as 90s, 30m or 4h, ${bounds}.`);
  }
  return ms;
}

/** `a,b,c`, and the option given several times: one list. */
export function parseList(text: string, before: readonly string[] = []): readonly string[] {
  const items = text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
  if (items.length === 0) throw new InvalidArgumentError('Give at least one, with commas between several.');
  return [...before, ...items];
}
