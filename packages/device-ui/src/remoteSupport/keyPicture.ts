/** Cells a side of the picture. */
export const cells = 5;

/** A picture of a key: which cells are filled, the same on both sides of its middle; and two hues, in degrees. */
export type KeyPicture = {
  readonly filled: readonly (readonly [column: number, row: number])[];
  readonly hues: readonly [number, number];
};

/**
 * The picture of a key, which differs for nearly all keys: one that looks like another's is noticed sooner than sixteen
 * digits that do. Its words are what is compared on the telephone.
 *
 * @param sha256 of the public key, hex
 */
export function keyPictureOf(sha256: string): KeyPicture {
  const bytes = (sha256.match(/[\da-f]{2}/gi) ?? []).map((pair) => Number.parseInt(pair, 16));
  const half = Math.ceil(cells / 2);
  const filled: [number, number][] = [];
  for (let row = 0; row < cells; row += 1) {
    for (let column = 0; column < half; column += 1) {
      if (((bytes[row * half + column] ?? 0) & 1) === 0) continue;
      filled.push([column, row]);
      if (cells - 1 - column !== column) filled.push([cells - 1 - column, row]);
    }
  }
  const hue = (at: number): number => Math.round(((bytes[at] ?? 0) / 256) * 24) * 15;
  return { filled, hues: [hue(16), hue(17)] };
}
