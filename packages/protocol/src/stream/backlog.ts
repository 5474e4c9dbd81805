import { isWorthKeeping } from './keeping.ts';

const blockBytes = 64 * 1024;

/**
 * Bytes that arrived while the reader has stopped. Large pieces are kept as they are; others are copied together, so
 * that frames of one byte cost no more than about twice their bytes. Its bound is the window, which the receiver keeps.
 */
export class Backlog {
  /** Bytes that wait. */
  length = 0;
  #pieces: Buffer[] = [];
  /** The last of the pieces, if it is a block with space, and how much of it is used. */
  #open: Buffer | undefined;
  #used = 0;

  add(piece: Buffer): void {
    this.length += piece.length;
    if (isWorthKeeping(piece)) {
      this.#closeBlock();
      this.#pieces.push(piece);
    } else this.#copy(piece);
  }

  /** The oldest bytes; `undefined` when nothing waits. */
  take(): Buffer | undefined {
    if (this.#pieces.length === 1) this.#closeBlock();
    const piece = this.#pieces.shift();
    if (piece) this.length -= piece.length;
    return piece;
  }

  clear(): void {
    this.#pieces = [];
    this.#open = undefined;
    this.length = 0;
  }

  #copy(piece: Buffer): void {
    for (let at = 0; at < piece.length; ) {
      if (!this.#open || this.#used === blockBytes) {
        this.#closeBlock();
        this.#open = Buffer.allocUnsafeSlow(blockBytes);
        this.#used = 0;
        this.#pieces.push(this.#open);
      }
      const copied = piece.copy(this.#open, this.#used, at);
      this.#used += copied;
      at += copied;
    }
  }

  /** Nothing joins the last block any more. A block of which most was not used gives its memory back. */
  #closeBlock(): void {
    if (this.#open) {
      const used = this.#open.subarray(0, this.#used);
      this.#pieces[this.#pieces.length - 1] = used.length * 2 < blockBytes ? Buffer.from(used) : used;
    }
    this.#open = undefined;
  }
}
