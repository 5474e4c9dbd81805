import { type Random, uniform } from '@sallyport/protocol/environment';

/** The first wait and the longest, in milliseconds; the very first try does not wait. */
export const shortestWaitMs = 200;
export const longestWaitMs = 30_000;

/**
 * How long to wait before the next try, with full jitter: anything up to a bound that doubles from try to try, so that
 * many who lost the same relay do not come back at the same moment.
 *
 * @param failures how many tries failed in a row; with none the answer is 0
 */
export function waitMs(failures: number, random: Random): number {
  if (failures <= 0) return 0;
  const boundMs = Math.min(longestWaitMs, shortestWaitMs * 2 ** Math.min(failures - 1, 20));
  return uniform(random, boundMs + 1);
}
