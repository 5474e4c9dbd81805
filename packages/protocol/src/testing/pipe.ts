import type { Clock } from '../environment/index.ts';

export type PipeOptions = {
  clock?: Clock;
  delayMs?: number;
  capacityBytes?: number;
  /** How long the next piece is, out of so many bytes that wait. */
  cutPiece: (length: number) => number;
};

/** What came through, or `null` for the end. Says whether more is wanted. */
export type Deliver = (piece: Buffer | null) => boolean;

/** One direction of a connection in memory: from the writer's `send` to the reader's `deliver`. */
export class Pipe {
  /** Bytes that were sent, lost ones included. */
  written = 0;
  /** Holds back what is under way; `flow()` after letting go. */
  stalled = false;
  readonly #options: PipeOptions;
  readonly #capacity: number;
  readonly #arrived: (Buffer | null)[] = [];
  readonly #deliver: Deliver;
  #underWay = 0;
  #writerWaits: (() => void) | undefined;
  #readerWants = false;
  #scheduled = false;
  #lost = false;
  #left = Number.POSITIVE_INFINITY;
  #onCut: () => void = () => {};

  constructor(options: PipeOptions, deliver: Deliver) {
    this.#options = options;
    this.#capacity = options.capacityBytes ?? 64 * 1024;
    this.#deliver = deliver;
  }

  /** Lets so many more bytes through, swallows the rest of that write, and calls `onCut`. */
  cutAfter(bytes: number, onCut: () => void): void {
    this.#left = bytes;
    this.#onCut = onCut;
  }

  /** `done` is called as soon as there is room for more: long before the bytes arrive, if they ever do. */
  send(bytes: Buffer | null, done: () => void): void {
    const length = bytes?.length ?? 0;
    this.written += length;
    const passed = bytes === null ? null : bytes.subarray(0, Math.min(length, this.#left));
    this.#left -= length;
    this.#startOff(passed);
    if (this.#lost || this.#underWay < this.#capacity) done();
    else this.#writerWaits = done;
    if (this.#left <= 0) setImmediate(this.#onCut);
  }

  /** The reader takes more. */
  wanted(): void {
    this.#readerWants = true;
    this.flow();
  }

  /** Delivers, in the next turn, what arrived and is wanted. */
  flow(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      while (!this.stalled && !this.#lost && this.#readerWants && this.#arrived.length > 0) {
        const piece = this.#arrived.shift() ?? null;
        this.#underWay -= piece?.length ?? 0;
        this.#readerWants = this.#deliver(piece);
      }
      this.#wakeWriter();
    });
  }

  /** Everything under way is lost, and all that is sent from now on. */
  lose(): void {
    this.#lost = true;
    this.#arrived.length = 0;
    this.#wakeWriter();
  }

  #startOff(bytes: Buffer | null): void {
    if (this.#lost || bytes?.length === 0) return;
    this.#underWay += bytes?.length ?? 0;
    const { delayMs = 0, clock } = this.#options;
    if (delayMs === 0) this.#arrive(bytes);
    else if (clock) clock.after(delayMs, () => this.#arrive(bytes));
    else throw new TypeError('delayMs needs a clock');
  }

  #arrive(bytes: Buffer | null): void {
    if (this.#lost) return;
    if (bytes === null) this.#arrived.push(null);
    else {
      for (let at = 0; at < bytes.length; ) {
        const length = this.#options.cutPiece(bytes.length - at);
        this.#arrived.push(bytes.subarray(at, at + length));
        at += length;
      }
    }
    this.flow();
  }

  #wakeWriter(): void {
    if (!this.#lost && this.#underWay >= this.#capacity) return;
    const done = this.#writerWaits;
    this.#writerWaits = undefined;
    done?.();
  }
}
