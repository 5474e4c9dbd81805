/** What the writer has handed over and the stream has not taken yet: the chunks of one `write` or `writev`. */
export class WriteRequest {
  /** Bytes not taken yet. */
  left = 0;
  /** Tells the writer that all was taken. */
  readonly done: () => void;
  readonly #chunks: readonly Buffer[];
  #index = 0;
  #at = 0;

  constructor(chunks: readonly Buffer[], done: () => void) {
    this.#chunks = chunks;
    this.done = done;
    for (const chunk of chunks) this.left += chunk.length;
  }

  /** Moves up to `length` bytes to `at` in `target`. Returns how many. */
  moveInto(target: Buffer, at: number, length: number): number {
    let moved = 0;
    while (moved < length && this.left > 0) {
      const chunk = this.#chunks[this.#index] as Buffer;
      const copied = chunk.copy(target, at + moved, this.#at, this.#at + length - moved);
      moved += copied;
      this.left -= copied;
      this.#at += copied;
      if (this.#at === chunk.length) {
        this.#index += 1;
        this.#at = 0;
      }
    }
    return moved;
  }
}
