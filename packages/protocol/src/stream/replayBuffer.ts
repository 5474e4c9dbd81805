import { Frame } from './frame.ts';
import { dataFrameCap } from './limits.ts';
import type { ReplayBudget } from './replayBudget.ts';
import type { WriteRequest } from './writeRequest.ts';

/** What a frame costs besides its bytes, so that a million frames of one byte do not pass for a megabyte. */
const frameOverheadBytes = 128;
/** A frame that has to wait gets this much space at least: the writes that follow join it. */
const waitingFrameBytes = 16 * 1024;

/**
 * The sequence that one end sends, from the first byte that is not acknowledged to the last that was taken.
 * Invariant: `base` ≤ `sent` ≤ `end`, and every byte from `base` to `end` is in a frame here.
 */
export class ReplayBuffer {
  /** Offset of the first byte that is not acknowledged. */
  base = 0;
  /** Offset after the last byte that was ever sent, on any connection. */
  sent = 0;
  /** Offset after the last byte that was taken. FIN counts as one. */
  end = 0;
  /** Bytes of memory that it holds. */
  held = 0;
  readonly #budget: ReplayBudget;
  readonly #most: number;
  /** The frames as a list: from the first that is kept to the last, and the first that is not sent on this connection. */
  #first: Frame | undefined;
  #last: Frame | undefined;
  #unsent: Frame | undefined;
  #finAt: number | undefined;
  #finSent = false;

  constructor(budget: ReplayBudget, most: number) {
    this.#budget = budget;
    this.#most = most;
  }

  get hasRoom(): boolean {
    return this.#budget.allows(this.held, this.#most);
  }

  get finAcknowledged(): boolean {
    return this.#finAt !== undefined && this.base > this.#finAt;
  }

  /** Takes bytes of the writer, one frame at most. Frames that cannot leave at once have space for more to join. */
  take(request: WriteRequest, leavesAtOnce: boolean): void {
    const waiting = this.#unsent && this.#last;
    if (!waiting || !this.#fill(waiting, request)) {
      const toCopy = Math.min(dataFrameCap, request.leftToCopy);
      const frame = new Frame(this.end, leavesAtOnce ? toCopy : Math.max(toCopy, waitingFrameBytes));
      this.#append(frame);
      this.#fill(frame, request);
    }
  }

  /** No more bytes come. */
  finish(): void {
    this.#finAt = this.end;
    this.end += 1;
  }

  /** The next frame to go out on this connection, if it ends at `limit` or before. It counts as sent then. */
  nextFrame(limit: number): readonly Buffer[] | undefined {
    const frame = this.#unsent;
    if (!frame || frame.end > limit) return undefined;
    this.#unsent = frame.next;
    this.sent = Math.max(this.sent, frame.end);
    this.#dropAcknowledged();
    return frame.encoded();
  }

  /** Whether it is FIN's turn; it counts as sent then. FIN needs no room in the window. */
  nextIsFin(): boolean {
    if (this.#finAt === undefined || this.#finSent || this.#unsent) return false;
    this.#finSent = true;
    this.sent = this.end;
    return true;
  }

  /** Drops what is acknowledged. The caller has checked that `offset` is not above `sent`. */
  acknowledge(offset: number): void {
    if (offset <= this.base) return;
    this.base = offset;
    this.#dropAcknowledged();
  }

  /** On a new connection everything from `offset` on goes out again. It lies between `base` and `sent`. */
  rewind(offset: number): void {
    this.#unsent = undefined;
    this.acknowledge(offset);
    const frame = this.#first;
    if (frame && frame.start < offset) this.#first = this.#shorten(frame, offset);
    this.#unsent = this.#first;
    this.#finSent = this.finAcknowledged;
  }

  /** Gives everything back. */
  clear(): void {
    this.#budget.account(-this.held);
    this.held = 0;
    this.#first = undefined;
    this.#last = undefined;
    this.#unsent = undefined;
  }

  #fill(frame: Frame, request: WriteRequest): boolean {
    const before = frame.size;
    const took = frame.fill(request);
    this.#account(frame.size - before);
    this.end = frame.end;
    return took;
  }

  #append(frame: Frame): void {
    if (this.#last) this.#last.next = frame;
    else this.#first = frame;
    this.#last = frame;
    this.#unsent ??= frame;
    this.#account(frame.size + frameOverheadBytes);
  }

  #shorten(frame: Frame, offset: number): Frame {
    const rest = frame.from(offset);
    rest.next = frame.next;
    if (this.#last === frame) this.#last = rest;
    this.#account(rest.size - frame.size);
    return rest;
  }

  /** A frame that is acknowledged but not sent on this connection stays: the other end counts on it. */
  #dropAcknowledged(): void {
    let frame = this.#first;
    while (frame && frame !== this.#unsent && frame.end <= this.base) {
      this.#account(-frame.size - frameOverheadBytes);
      frame = frame.next;
    }
    this.#first = frame;
    if (!frame) this.#last = undefined;
  }

  #account(bytes: number): void {
    this.held += bytes;
    this.#budget.account(bytes);
  }
}
