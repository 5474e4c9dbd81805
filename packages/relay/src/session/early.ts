import type { Duplex } from 'node:stream';
import { earlyBytes } from '../limits.ts';
import type { Half } from './splice.ts';

/**
 * Watches a half that waits: keeps what it says already (its first TLS record may be on its way), up to a cap above
 * which it has to wait itself, and tells when it goes away. Without a reader, its end would not be seen.
 */
export class EarlyHalf {
  readonly #stream: Duplex;
  readonly #chunks: Uint8Array[] = [];
  readonly #keep: (chunk: Buffer) => void;
  readonly #onGone: () => void;
  #bytes = 0;

  constructor(stream: Duplex, head: Uint8Array, onGone: () => void) {
    this.#stream = stream;
    this.#onGone = onGone;
    this.#keep = (chunk) => {
      this.#chunks.push(chunk);
      this.#bytes += chunk.byteLength;
      if (this.#bytes >= earlyBytes) stream.pause();
    };
    if (head.byteLength > 0) this.#keep(Buffer.from(head));
    stream.on('end', onGone);
    stream.on('close', onGone);
    stream.on('data', this.#keep);
  }

  /** Stops watching. What the stream says from now on waits in it. */
  release(): Half {
    this.#stream.pause();
    this.#stream.off('data', this.#keep);
    this.#stream.off('end', this.#onGone);
    this.#stream.off('close', this.#onGone);
    return { stream: this.#stream, early: this.#chunks };
  }
}
