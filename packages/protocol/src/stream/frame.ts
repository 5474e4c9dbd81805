import { dataHeaderBytes, writeDataHeader } from './codec.ts';
import type { WriteRequest } from './writeRequest.ts';

/**
 * DATA as it goes out and is kept for replay: header and payload in one piece, so that sending is one write of one
 * buffer. TLS copies whatever it is given in more than one piece; the one copy made here takes the place of that.
 */
export class Frame {
  /** Offset of its first byte. */
  readonly start: number;
  /** Offset after its last byte. */
  end: number;
  /** The frame that follows. */
  next: Frame | undefined;
  readonly #bytes: Buffer;
  #sealed = false;

  constructor(start: number, capacity: number) {
    this.start = start;
    this.end = start;
    this.#bytes = Buffer.allocUnsafe(dataHeaderBytes + capacity);
  }

  /** What it takes of memory, in bytes. */
  get size(): number {
    return this.#bytes.length;
  }

  /** Whether more may be added: it has space, and never was on a connection, which might still read its bytes. */
  get isOpen(): boolean {
    return !this.#sealed && this.end - this.start < this.#bytes.length - dataHeaderBytes;
  }

  /** Takes what fits. Only while it is open. */
  fill(request: WriteRequest): void {
    const at = dataHeaderBytes + this.end - this.start;
    this.end += request.moveInto(this.#bytes, at, this.#bytes.length - at);
  }

  /** Its bytes on the wire. */
  encoded(): Buffer {
    const length = this.end - this.start;
    this.#sealed = true;
    writeDataHeader(this.#bytes, length);
    return this.#bytes.subarray(0, dataHeaderBytes + length);
  }

  /** What is left of it from `offset` on, as a frame of its own. */
  from(offset: number): Frame {
    const rest = new Frame(offset, this.end - offset);
    this.#bytes.copy(
      rest.#bytes,
      dataHeaderBytes,
      dataHeaderBytes + offset - this.start,
      dataHeaderBytes + this.end - this.start,
    );
    rest.end = this.end;
    return rest;
  }
}
