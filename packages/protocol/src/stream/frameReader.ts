import { dataHeaderBytes, endCodeCap, frameType, isEndCode } from './codec.ts';
import { broken } from './failures.ts';
import { dataFrameCap } from './limits.ts';

/** What one end learns from the frames of a connection. */
export interface FrameHandler {
  /** The next bytes of a DATA frame. A frame may come in several pieces; each is a part of a chunk that was read. */
  onData(piece: Buffer): void;
  onAck(received: number, room: number): void;
  onPing(nonce: number): void;
  onPong(nonce: number): void;
  onFin(): void;
  onEnd(code: string): void;
  onStart(offset: number): void;
}

/** Header bytes by type, type included. END says its own length in its second byte. */
const headerBytes = [dataHeaderBytes, 11, 5, 5, 1, 2, 7];
const longestHeader = 2 + endCodeCap;

/**
 * Reads the frames of one connection, cut anywhere. Nothing is copied but a header that was cut; nothing is allocated
 * but the slices of DATA. Memory is bounded by one header.
 */
export class FrameReader {
  readonly #handler: FrameHandler;
  readonly #header: Buffer = Buffer.allocUnsafe(longestHeader);
  #headerHas = 0;
  #headerNeeds = 0;
  #dataLeft = 0;
  #stopped = false;

  constructor(handler: FrameHandler) {
    this.#handler = handler;
  }

  /** Nothing is reported any more, also not of the chunk that is being read. */
  stop(): void {
    this.#stopped = true;
  }

  get isStopped(): boolean {
    return this.#stopped;
  }

  /** @throws stream-broken when the bytes are no frames; the connection must then be closed */
  read(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length && !this.#stopped) {
      if (this.#dataLeft > 0) {
        const end = Math.min(chunk.length, at + this.#dataLeft);
        this.#dataLeft -= end - at;
        const whole = at === 0 && end === chunk.length;
        this.#handler.onData(whole ? chunk : chunk.subarray(at, end));
        at = end;
      } else if (this.#headerHas > 0) {
        at = this.#complete(chunk, at);
      } else {
        const needs = this.#needed(chunk, at, chunk.length - at);
        if (chunk.length - at >= needs) {
          this.#report(chunk, at, needs);
          at += needs;
        } else {
          this.#headerNeeds = needs;
          this.#headerHas = chunk.copy(this.#header, 0, at);
          at = chunk.length;
        }
      }
    }
  }

  /** Goes on with a header that the chunk before began. */
  #complete(chunk: Buffer, start: number): number {
    const at =
      start + chunk.copy(this.#header, this.#headerHas, start, start + this.#headerNeeds - this.#headerHas);
    this.#headerHas += at - start;
    if (this.#headerHas < this.#headerNeeds) return at;
    const needs = this.#needed(this.#header, 0, this.#headerHas);
    if (needs > this.#headerHas) {
      this.#headerNeeds = needs;
      return at;
    }
    this.#headerHas = 0;
    this.#report(this.#header, 0, needs);
    return at;
  }

  /** How long the header at `at` is, as far as its `has` bytes tell. */
  #needed(bytes: Buffer, at: number, has: number): number {
    const type = bytes[at] ?? 0;
    const fixed = headerBytes[type];
    if (fixed === undefined) throw broken(`a frame of the unknown type ${type}`);
    if (type !== frameType.end || has < 2) return fixed;
    const length = bytes[at + 1] ?? 0;
    if (length === 0 || length > endCodeCap) throw broken(`an end with a code of ${length} bytes`);
    return 2 + length;
  }

  #report(bytes: Buffer, at: number, length: number): void {
    const handler = this.#handler;
    switch (bytes[at]) {
      case frameType.data:
        this.#dataLeft = bytes.readUIntBE(at + 1, 3);
        if (this.#dataLeft === 0 || this.#dataLeft > dataFrameCap) {
          throw broken(`a data frame of ${this.#dataLeft} bytes`);
        }
        return;
      case frameType.ack:
        handler.onAck(bytes.readUIntBE(at + 1, 6), bytes.readUInt32BE(at + 7));
        return;
      case frameType.ping:
        handler.onPing(bytes.readUInt32BE(at + 1));
        return;
      case frameType.pong:
        handler.onPong(bytes.readUInt32BE(at + 1));
        return;
      case frameType.fin:
        handler.onFin();
        return;
      case frameType.end: {
        const code = bytes.toString('latin1', at + 2, at + length);
        if (!isEndCode(code)) throw broken('an end whose code is not readable');
        handler.onEnd(code);
        return;
      }
      default:
        handler.onStart(bytes.readUIntBE(at + 1, 6));
    }
  }
}
