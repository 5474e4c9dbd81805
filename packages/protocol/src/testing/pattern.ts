/** The byte at an offset of the pattern. Offsets a frame, a chunk or a block apart have different bytes around them. */
const patternByte = (offset: number): number =>
  (offset * 31 + (offset >>> 8) * 7 + (offset >>> 16) * 3) & 0xff;

/** Bytes of a pattern that says of every piece where it belongs. */
export function patternAt(offset: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  for (let i = 0; i < length; i += 1) bytes[i] = patternByte(offset + i);
  return bytes;
}

/** Checks that what arrives is the pattern: every byte, once, in order. */
export class PatternCheck {
  /** Bytes that have arrived. */
  length = 0;

  /** @throws at the first byte that is not the next of the pattern */
  add(piece: Uint8Array): void {
    for (let i = 0; i < piece.length; i += 1) {
      if (piece[i] !== patternByte(this.length + i)) {
        throw new Error(`byte ${this.length + i} is not the next of what was sent`);
      }
    }
    this.length += piece.length;
  }
}
