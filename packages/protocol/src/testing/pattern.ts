import { seededRandom } from './seededRandom.ts';

/**
 * A prime, and so no multiple of any frame, chunk or block: bytes that went astray by one of these differ from those in
 * whose place they are.
 */
const period = 65_537;
const once = Buffer.from(seededRandom(0x5a11)(period));

/** Bytes of a pattern that says of every piece where it belongs. */
export function patternAt(offset: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  for (let at = 0; at < length; ) at += once.copy(bytes, at, (offset + at) % period);
  return bytes;
}

/** Checks that what arrives is the pattern: every byte, once, in order. */
export class PatternCheck {
  /** Bytes that have arrived. */
  length = 0;

  /** @throws when a byte is not the next of the pattern */
  add(piece: Uint8Array): void {
    const expected = patternAt(this.length, piece.length);
    if (expected.compare(piece) !== 0) {
      const wrong = expected.findIndex((byte, i) => byte !== piece[i]);
      throw new Error(`byte ${this.length + wrong} is not the next of what was sent`);
    }
    this.length += piece.length;
  }
}
