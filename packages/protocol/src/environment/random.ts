/** Gives `length` bytes that nobody can guess. Passed in, so that tests can replay vectors and schedules. */
export type Random = (length: number) => Uint8Array;

/**
 * A whole number from 0 up to but not including `bound`, each as likely as the other.
 * Drawn by rejection: a plain remainder would favour small numbers.
 *
 * @param bound from 1 to 2^32
 */
export function uniform(random: Random, bound: number): number {
  const limit = 2 ** 32 - (2 ** 32 % bound);
  for (;;) {
    const bytes = random(4);
    const value = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0);
    if (value < limit) return value % bound;
  }
}
