import { Backlog } from './backlog.ts';
import { offsetLimit } from './codec.ts';
import { broken } from './failures.ts';
import { receiveWindowBytes } from './limits.ts';

/** Where the received bytes go. */
export interface Reader {
  /** Gives the reader bytes, or `null` for the end. Says whether it takes more now. */
  push(piece: Buffer | null): boolean;
  /** Bytes that were pushed and that the reader has not taken. */
  unread(): number;
}

/**
 * The sequence that one end receives. Connections are always read, also when the reader has stopped: else
 * acknowledgements and pings would stick behind data, and two ends that only write would wait for each other for ever.
 * What the reader does not take lies here, up to the window that the other end was told.
 */
export class Receiver {
  /** Offset of the next byte expected. FIN counts as one. */
  received = 0;
  /** The other end has ended its half. */
  finished = false;
  readonly #reader: Reader;
  readonly #backlog = new Backlog();
  #readerWants = true;
  /** Offset up to which the other end was allowed to send. It never shrinks. */
  #allowed = 0;
  /** Bytes that the current connection repeats, to be skipped. */
  #repeated = 0;
  #endPushed = false;

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  /** Offset up to which the other end may be allowed to send now. */
  get allowable(): number {
    return this.received - this.#backlog.length - this.#reader.unread() + receiveWindowBytes;
  }

  /** How many bytes from `received` on the other end may send; it counts as told. */
  grantRoom(): number {
    this.#allowed = Math.max(this.#allowed, this.allowable);
    return Math.max(0, this.#allowed - this.received);
  }

  /** A connection begins with the byte at this offset. @throws stream-broken when bytes before it are missing */
  start(offset: number): void {
    if (offset > this.received) throw broken('bytes of the other side are missing');
    this.#repeated = this.received - offset;
  }

  /** @throws stream-broken beyond the window, and after the end */
  data(piece: Buffer): void {
    let fresh = piece;
    if (this.#repeated > 0) {
      const skipped = Math.min(this.#repeated, piece.length);
      this.#repeated -= skipped;
      if (skipped === piece.length) return;
      fresh = piece.subarray(skipped);
    }
    if (this.finished) throw broken('the other side sent bytes after the end of its half');
    this.received += fresh.length;
    if (this.received > this.#allowed || this.received >= offsetLimit) {
      throw broken('the other side sent more bytes than it was allowed to');
    }
    if (this.#readerWants) this.#readerWants = this.#reader.push(fresh);
    else this.#backlog.add(fresh);
  }

  /** @throws stream-broken when the half has ended already */
  fin(): void {
    if (this.#repeated === 1 && this.finished) {
      this.#repeated = 0;
      return;
    }
    if (this.#repeated > 0) throw broken('the other side ended its half earlier than before');
    if (this.finished) throw broken('the other side ended its half twice');
    this.received += 1;
    this.finished = true;
    this.#pushWaiting();
  }

  /** The reader takes more. */
  wanted(): void {
    this.#readerWants = true;
    this.#pushWaiting();
  }

  clear(): void {
    this.#backlog.clear();
  }

  #pushWaiting(): void {
    while (this.#readerWants) {
      const piece = this.#backlog.take();
      if (!piece) break;
      this.#readerWants = this.#reader.push(piece);
    }
    if (this.finished && this.#backlog.length === 0 && !this.#endPushed) {
      this.#endPushed = true;
      this.#reader.push(null);
    }
  }
}
