import { dataHeaderBytes, writeDataHeader } from './codec.ts';
import { dataFrameCap } from './limits.ts';
import type { WriteRequest } from './writeRequest.ts';

/**
 * DATA as it goes out and is kept for replay. Large chunks of the writer are kept as they are; small ones are copied
 * together, behind the header, into memory of the frame.
 */
export class Frame {
  /** Offset of its first byte. */
  readonly start: number;
  /** Offset after its last byte. */
  end: number;
  /** What it takes of memory, in bytes. */
  size: number;
  /** The frame that follows. */
  next: Frame | undefined;
  /** Header and copied bytes. */
  readonly #own: Buffer;
  /** How much of it is used, and from where on it is not among the pieces yet. */
  #used = dataHeaderBytes;
  #listed = 0;
  #pieces: Buffer[] = [];
  #isSealed = false;

  /** @param toCopy space for so many bytes that are copied */
  constructor(start: number, toCopy: number) {
    this.start = start;
    this.end = start;
    this.#own = Buffer.allocUnsafe(dataHeaderBytes + toCopy);
    this.size = this.#own.length;
  }

  /** Takes what fits. Not once it was on a connection, which might still read its bytes. Says whether anything did. */
  fill(request: WriteRequest): boolean {
    const before = this.end;
    while (!this.#isSealed && request.left > 0) {
      const most = Math.min(
        dataFrameCap - (this.end - this.start),
        request.isNextKept ? dataFrameCap : this.#space,
      );
      if (most === 0) break;
      const isKept = request.isNextKept;
      const piece = request.take(most);
      if (isKept) this.#keep(piece);
      else this.#used += piece.copy(this.#own, this.#used);
      this.end += piece.length;
    }
    return this.end > before;
  }

  /** Its bytes on the wire, in pieces. */
  encoded(): readonly Buffer[] {
    if (!this.#isSealed) {
      this.#isSealed = true;
      writeDataHeader(this.#own, this.end - this.start);
      this.#listOwn();
    }
    return this.#pieces;
  }

  /** What is left of it from `offset` on, as a frame of its own. */
  from(offset: number): Frame {
    const rest = new Frame(offset, 0);
    let skip = dataHeaderBytes + offset - this.start;
    for (const piece of this.encoded()) {
      if (skip < piece.length) rest.#keep(piece.subarray(skip));
      skip = Math.max(0, skip - piece.length);
    }
    rest.end = this.end;
    return rest;
  }

  get #space(): number {
    return this.#own.length - this.#used;
  }

  #keep(piece: Buffer): void {
    this.#listOwn();
    this.#pieces.push(piece);
    this.size += piece.length;
  }

  #listOwn(): void {
    if (this.#used > this.#listed) this.#pieces.push(this.#own.subarray(this.#listed, this.#used));
    this.#listed = this.#used;
  }
}
