const blockBytes = 64 * 1024;

/**
 * Bytes that arrived while the reader has stopped. They are copied together, so that frames of one byte cost no more
 * than their bytes. Its bound is the window, which the stream keeps.
 */
export class Backlog {
  /** Bytes that wait. */
  length = 0;
  readonly #blocks: Buffer[] = [];
  /** Bytes used of the last block. */
  #used = 0;

  add(piece: Buffer): void {
    for (let at = 0; at < piece.length; ) {
      let block = this.#blocks.at(-1);
      if (!block || this.#used === blockBytes) {
        block = Buffer.allocUnsafeSlow(blockBytes);
        this.#blocks.push(block);
        this.#used = 0;
      }
      const copied = piece.copy(block, this.#used, at);
      this.#used += copied;
      at += copied;
    }
    this.length += piece.length;
  }

  /** The oldest bytes, up to 64 KiB; `undefined` when nothing waits. */
  take(): Buffer | undefined {
    const block = this.#blocks.shift();
    if (!block) return undefined;
    const bytes = this.#blocks.length === 0 ? block.subarray(0, this.#used) : block;
    this.length -= bytes.length;
    return bytes;
  }

  clear(): void {
    this.#blocks.length = 0;
    this.length = 0;
  }
}
