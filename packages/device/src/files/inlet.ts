import { Malformed } from './fields.ts';
import { packetCap } from './sftp.ts';

/** Bytes of a segment: several of the largest packets. */
const segmentBytes = 1024 * 1024;
/** Segments with data that waits to be written, from which on the client is not read further. One more can be filled. */
const heldCap = 4;
/** Bytes received at once. */
const roomCap = 256 * 1024;
const lengthBytes = 4;

type Segment = { readonly bytes: Buffer; holds: number };

/**
 * Cuts what a client sends into packets:
 * ```
 *  u32 length | length bytes
 * ```
 * Bytes are received straight into large segments, and a packet is a view of one: the data of a WRITE goes from the
 * pipe to the disk without being copied or allocated. A segment is used again once nobody holds a part of it.
 *
 * A length is held against the cap as soon as its four bytes are there, and nothing is allocated for it: a packet that
 * does not fit in the rest of its segment is begun anew in the next.
 */
export class Inlet {
  #current: Segment = makeSegment();
  /** Where the first packet that is not whole begins, and where the bytes end. */
  #start = 0;
  #end = 0;
  #held: Segment[] = [];
  #free: Segment[] = [];

  /** Where the next bytes are to be put. Never empty, and never so large that a flood of tiny packets comes in at once. */
  room(): Buffer {
    return this.#current.bytes.subarray(this.#end, Math.min(this.#end + roomCap, segmentBytes));
  }

  /** Whether the client may be read further. */
  get hasRoom(): boolean {
    return this.#held.length < heldCap;
  }

  /**
   * Says that `length` bytes are in the room now, and calls `each` for every packet that is whole with them, without
   * its length field. The packet is valid until `each` returns, or as long as it is held. Throws `Malformed` at a
   * length beyond the cap: the stream is of no use after that.
   */
  filled(length: number, each: (packet: Buffer) => void): void {
    this.#end += length;
    const { bytes } = this.#current;
    let needed = lengthBytes;
    while (this.#end - this.#start >= lengthBytes) {
      needed = lengthBytes + checked(bytes.readUInt32BE(this.#start));
      if (this.#end - this.#start < needed) break;
      const packet = bytes.subarray(this.#start + lengthBytes, this.#start + needed);
      this.#start += needed;
      needed = lengthBytes;
      each(packet);
    }
    this.#makeRoom(needed);
  }

  /** Keeps the segment of this part of a packet until it is let go as often as it was held. */
  hold(part: Buffer): void {
    if (part.buffer === this.#current.bytes.buffer) this.#current.holds++;
  }

  letGo(part: Buffer): void {
    const of = (segment: Segment): boolean => segment.bytes.buffer === part.buffer;
    if (of(this.#current)) {
      this.#current.holds--;
      return;
    }
    const index = this.#held.findIndex(of);
    const segment = this.#held[index];
    if (segment === undefined || --segment.holds > 0) return;
    this.#held.splice(index, 1);
    this.#free.push(segment);
  }

  /** Makes sure that a packet of `needed` bytes can be whole where it is, and that there is room for at least one byte. */
  #makeRoom(needed: number): void {
    if (this.#start === this.#end && this.#current.holds === 0) {
      this.#start = 0;
      this.#end = 0;
      return;
    }
    if (this.#start + needed <= segmentBytes && this.#end < segmentBytes) return;
    const before = this.#current;
    const next = this.#free.pop() ?? makeSegment();
    this.#end = before.bytes.copy(next.bytes, 0, this.#start, this.#end);
    this.#start = 0;
    this.#current = next;
    if (before.holds > 0) this.#held.push(before);
    else this.#free.push(before);
  }
}

function makeSegment(): Segment {
  return { bytes: Buffer.allocUnsafeSlow(segmentBytes), holds: 0 };
}

function checked(length: number): number {
  if (length < 1) throw new Malformed('a packet is empty');
  if (length > packetCap)
    throw new Malformed(`a packet of ${length} bytes is longer than the ${packetCap} allowed`);
  return length;
}
