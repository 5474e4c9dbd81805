import { type BytePath, fromBytes } from './bytePath.ts';
import { pathCap } from './sftp.ts';

/** A packet that breaks the protocol. `reason` is a part of a sentence. */
export class Malformed extends Error {}

/**
 * Takes the fields of one packet, in their order. Every length is held against what is left of the packet before
 * anything is made from it: nothing here allocates more than the packet itself.
 */
export class FieldReader {
  #bytes: Buffer;
  #at: number;

  constructor(bytes: Buffer, at = 0) {
    this.#bytes = bytes;
    this.#at = at;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  #take(length: number, what: string): number {
    if (length > this.left) throw new Malformed(`${what} is longer than the packet`);
    const at = this.#at;
    this.#at += length;
    return at;
  }

  u32(what: string): number {
    return this.#bytes.readUInt32BE(this.#take(4, what));
  }

  /** A 64-bit number that is an offset or a size: no file reaches beyond 2^53. */
  u64(what: string): number {
    const at = this.#take(8, what);
    const high = this.#bytes.readUInt32BE(at);
    if (high >= 2 ** 21) throw new Malformed(`${what} is larger than any file`);
    return high * 2 ** 32 + this.#bytes.readUInt32BE(at + 4);
  }

  /** A string of at most `cap` bytes: a view into the packet. */
  bytes(what: string, cap: number): Buffer {
    const length = this.u32(what);
    if (length > cap) throw new Malformed(`${what} is longer than ${cap} bytes`);
    const at = this.#take(length, what);
    return this.#bytes.subarray(at, at + length);
  }

  path(what: string): BytePath {
    const bytes = this.bytes(what, pathCap - 1);
    if (bytes.includes(0)) throw new Malformed(`${what} has a zero byte in it`);
    return fromBytes(bytes);
  }
}

/** Puts fields behind one another into one packet that grows as needed. */
export class FieldWriter {
  #bytes: Buffer;
  #at = 0;

  constructor(size = 256) {
    this.#bytes = Buffer.allocUnsafe(size);
  }

  get length(): number {
    return this.#at;
  }

  #room(length: number): number {
    const at = this.#at;
    this.#at += length;
    if (this.#at > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.#at, this.#bytes.length * 2));
      this.#bytes.copy(larger, 0, 0, at);
      this.#bytes = larger;
    }
    return at;
  }

  u8(value: number): this {
    this.#bytes.writeUInt8(value, this.#room(1));
    return this;
  }

  u32(value: number): this {
    const at = this.#room(4);
    this.#bytes.writeUInt32BE(value >>> 0, at);
    return this;
  }

  u64(value: number | bigint): this {
    const at = this.#room(8);
    this.#bytes.writeBigUInt64BE(BigInt.asUintN(64, BigInt(value)), at);
    return this;
  }

  bytes(value: Uint8Array): this {
    this.u32(value.length);
    const at = this.#room(value.length);
    this.#bytes.set(value, at);
    return this;
  }

  /** Text, in UTF-8. */
  text(value: string): this {
    return this.bytes(Buffer.from(value, 'utf8'));
  }

  path(value: BytePath): this {
    return this.bytes(Buffer.from(value, 'latin1'));
  }

  /** What has been written: with the length of what follows in its first four bytes, if they were left for it. */
  packet(): Buffer {
    this.#bytes.writeUInt32BE(this.#at - 4, 0);
    return this.#bytes.subarray(0, this.#at);
  }

  body(): Buffer {
    return this.#bytes.subarray(0, this.#at);
  }
}
