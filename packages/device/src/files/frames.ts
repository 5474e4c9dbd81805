import { Malformed } from './fields.ts';
import { packetCap } from './sftp.ts';

/**
 * Cuts a stream of bytes into packets:
 * ```
 *  u32 length | length bytes
 * ```
 * A length is held against the cap as soon as its four bytes are there; only then room is made, for this one packet. A
 * packet that lies within one chunk is a view of it, without a copy.
 */
export class FrameSplitter {
  #header = Buffer.alloc(4);
  #headerBytes = 0;
  #body: Buffer | undefined;
  #bodyBytes = 0;

  /** Whether the stream may end here. */
  get between(): boolean {
    return this.#headerBytes === 0;
  }

  /** Calls `each` for every packet that ends in this chunk. Throws `Malformed` at a length beyond the cap: the stream is of no use after that. */
  push(chunk: Buffer, each: (packet: Buffer) => void): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#body === undefined) {
        if (this.#headerBytes === 0 && chunk.length - at >= 4) {
          const length = checked(chunk.readUInt32BE(at));
          if (chunk.length - at - 4 >= length) {
            each(chunk.subarray(at + 4, at + 4 + length));
            at += 4 + length;
            continue;
          }
        }
        const taken = chunk.copy(this.#header, this.#headerBytes, at);
        this.#headerBytes += taken;
        at += taken;
        if (this.#headerBytes < 4) return;
        this.#body = Buffer.allocUnsafe(checked(this.#header.readUInt32BE(0)));
        this.#bodyBytes = 0;
      }
      const taken = chunk.copy(this.#body, this.#bodyBytes, at);
      this.#bodyBytes += taken;
      at += taken;
      if (this.#bodyBytes < this.#body.length) return;
      const packet = this.#body;
      this.#body = undefined;
      this.#headerBytes = 0;
      each(packet);
    }
  }
}

function checked(length: number): number {
  if (length < 1) throw new Malformed('a packet is empty');
  if (length > packetCap)
    throw new Malformed(`a packet of ${length} bytes is longer than the ${packetCap} allowed`);
  return length;
}
