import { fail } from '@sallyport/protocol/errors';
import { attributeFlags } from '@sallyport/protocol/sftp';

/** What a file is, as far as the device tells. Times in whole seconds since 1970, as version 3 has them. */
export type Attributes = {
  readonly size?: number;
  readonly permissions?: number;
  readonly accessed?: number;
  readonly modified?: number;
};

const malformed = (reason: string): Error =>
  fail('message-malformed', { details: { reason: `SFTP: ${reason}` }, leg: 'device' });

/** Builds one packet: `u32 length | u8 type | fields`. Numbers are big-endian; a string is its length and its bytes. */
export class PacketWriter {
  readonly #parts: Buffer[] = [];
  #bytes = 0;

  u8(value: number): this {
    return this.#add(Buffer.of(value));
  }

  u32(value: number): this {
    const part = Buffer.allocUnsafe(4);
    part.writeUInt32BE(value >>> 0);
    return this.#add(part);
  }

  u64(value: number): this {
    const part = Buffer.allocUnsafe(8);
    part.writeBigUInt64BE(BigInt(value));
    return this.#add(part);
  }

  bytes(value: Buffer): this {
    return this.u32(value.length).#add(value);
  }

  text(value: string): this {
    return this.bytes(Buffer.from(value, 'utf8'));
  }

  /** `u32 flags`, then the fields whose flag is set: size; permissions; both times. */
  attributes({ size, permissions, accessed, modified }: Attributes): this {
    const withTimes = accessed !== undefined && modified !== undefined;
    const flags =
      (size === undefined ? 0 : attributeFlags.size) |
      (permissions === undefined ? 0 : attributeFlags.permissions) |
      (withTimes ? attributeFlags.times : 0);
    this.u32(flags);
    if (size !== undefined) this.u64(size);
    if (permissions !== undefined) this.u32(permissions);
    if (withTimes) this.u32(accessed).u32(modified);
    return this;
  }

  /** The packet in pieces: its head, and every part as it was given, so that file data is not copied. */
  packet(): Buffer[] {
    const head = Buffer.allocUnsafe(4);
    head.writeUInt32BE(this.#bytes);
    const small = this.#bytes < 1_024;
    return small ? [Buffer.concat([head, ...this.#parts])] : [head, ...this.#parts];
  }

  #add(part: Buffer): this {
    this.#parts.push(part);
    this.#bytes += part.length;
    return this;
  }
}

/** Reads the fields of one packet. @throws message-malformed when one does not fit into what is left */
export class PacketReader {
  readonly #packet: Buffer;
  #at: number;

  constructor(packet: Buffer, at = 0) {
    this.#packet = packet;
    this.#at = at;
  }

  u8(): number {
    return this.#take(1).readUInt8(0);
  }

  u32(): number {
    return this.#take(4).readUInt32BE(0);
  }

  /** A size or an offset; one beyond 2^53 is none. */
  u64(): number {
    const value = this.#take(8).readBigUInt64BE(0);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw malformed('a size beyond 2^53');
    return Number(value);
  }

  bytes(): Buffer {
    return this.#take(this.u32());
  }

  /** A string in UTF-8; undefined if it is none. */
  text(): string | undefined {
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(this.bytes());
    } catch (error) {
      if (error instanceof TypeError) return undefined;
      throw error;
    }
  }

  attributes(): Attributes {
    const flags = this.u32();
    const size = flags & attributeFlags.size ? this.u64() : undefined;
    if (flags & attributeFlags.owner) this.#take(8);
    const permissions = flags & attributeFlags.permissions ? this.u32() : undefined;
    const accessed = flags & attributeFlags.times ? this.u32() : undefined;
    const modified = flags & attributeFlags.times ? this.u32() : undefined;
    if ((flags & attributeFlags.extended) !== 0) {
      for (let left = this.u32(); left > 0; left -= 1) {
        this.bytes();
        this.bytes();
      }
    }
    return {
      ...(size === undefined ? {} : { size }),
      ...(permissions === undefined ? {} : { permissions }),
      ...(accessed === undefined || modified === undefined ? {} : { accessed, modified }),
    };
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#packet.length;
  }

  #take(length: number): Buffer {
    if (length > this.#packet.length - this.#at) throw malformed('a field that ends beyond its packet');
    this.#at += length;
    return this.#packet.subarray(this.#at - length, this.#at);
  }
}
