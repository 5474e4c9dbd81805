import { fail } from '@sallyport/protocol/errors';
import { packetCap } from './limits.ts';

/**
 * Cuts a stream of bytes into packets, `u32 length | length bytes`. The cap is checked before the body is awaited. A
 * packet that came in one piece is not copied.
 */
export class PacketCutter {
  readonly #chunks: Buffer[] = [];
  #bytes = 0;

  /** @returns the packets that are whole now, without their length. @throws message-too-large */
  take(chunk: Buffer): Buffer[] {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    const packets: Buffer[] = [];
    while (this.#bytes >= 4) {
      const length = this.#head(4).readUInt32BE(0);
      if (length > packetCap) throw fail('message-too-large', { details: { cap: packetCap }, leg: 'device' });
      if (this.#bytes < 4 + length) break;
      packets.push(this.#head(4 + length).subarray(4, 4 + length));
      this.#drop(4 + length);
    }
    return packets;
  }

  /** The first chunk, at least `length` bytes long: joined with the next ones only if it has to be. */
  #head(length: number): Buffer {
    const [first] = this.#chunks;
    if (first && first.length >= length) return first;
    let taken = 0;
    let count = 0;
    while (taken < length) {
      taken += this.#chunks[count]?.length ?? 0;
      count += 1;
    }
    const joined = Buffer.concat(this.#chunks.slice(0, count));
    this.#chunks.splice(0, count, joined);
    return joined;
  }

  #drop(length: number): void {
    const [first] = this.#chunks;
    if (!first) return;
    this.#bytes -= length;
    if (first.length === length) this.#chunks.shift();
    else this.#chunks[0] = first.subarray(length);
  }
}
