import { isWorthKeeping } from './keeping.ts';

/** What the writer has handed over and the stream has not taken yet: the chunks of one `write` or `writev`. */
export class WriteRequest {
  /** Bytes not taken yet. */
  left = 0;
  /** Those of them that will be copied. */
  leftToCopy = 0;
  /** Tells the writer that all was taken, or that it never will be. */
  readonly done: (error?: Error) => void;
  readonly #chunks: readonly Buffer[];
  #index = 0;
  #at = 0;

  constructor(chunks: readonly Buffer[], done: (error?: Error) => void) {
    // One without a byte would become a frame without a byte.
    this.#chunks = chunks.filter((chunk) => chunk.length > 0);
    this.done = done;
    for (const chunk of this.#chunks) {
      this.left += chunk.length;
      if (!isWorthKeeping(chunk)) this.leftToCopy += chunk.length;
    }
  }

  /** Whether the next bytes are to be kept as they are. */
  get isNextKept(): boolean {
    const chunk = this.#chunks[this.#index];
    return chunk !== undefined && isWorthKeeping(chunk);
  }

  /** Takes the next bytes: what is left of a chunk, `most` at most. */
  take(most: number): Buffer {
    const chunk = this.#chunks[this.#index] as Buffer;
    const from = this.#at;
    const to = Math.min(chunk.length, from + most);
    if (!this.isNextKept) this.leftToCopy -= to - from;
    this.left -= to - from;
    this.#at = to;
    if (to === chunk.length) {
      this.#index += 1;
      this.#at = 0;
    }
    return from === 0 && to === chunk.length ? chunk : chunk.subarray(from, to);
  }
}
