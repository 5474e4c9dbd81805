import { type Random, uniform } from '@sallyport/protocol/environment';

/** Bounds of the wait between two tries to reach the relay, in milliseconds (design, section 9). */
export const shortestRestMs = 500;
export const longestRestMs = 30_000;

/**
 * How long to wait before the next try, in milliseconds. Full jitter: anything from 0.5 s up to a ceiling that doubles
 * with every failure, so that a thousand devices whose relay came back do not come all at once.
 *
 * @param failures how many tries failed in a row, from 1
 */
export function restMs(failures: number, random: Random): number {
  const ceiling = Math.min(longestRestMs, shortestRestMs * 2 ** Math.min(failures, 16));
  return shortestRestMs + uniform(random, ceiling - shortestRestMs + 1);
}
