import fs from 'node:fs';
import type { Clock, Timer } from '@sallyport/protocol/environment';

/** What may wait for the disk before nobody may add to it. In bytes. */
const waitingCap = 1024 * 1024;
/** What waits for longer is seen by nobody before it is written. */
const lateMs = 500;
/** How often what was written is told to the disk itself, and for how long that may take. */
const syncMs = 1_000;
const syncLateMs = 5_000;
/** How soon a write that failed is tried again. */
const againMs = 1_000;
/** Pieces written by one call of the kernel, which takes 1,024. */
const piecesAtOnce = 512;

export type AppendFileOptions = {
  readonly clock: Clock;
  /** It holds, or no longer: while it does, what would be added must not be shown. */
  readonly heldChanged: (held: boolean) => void;
  /** The disk takes no more. It is tried again and again until `close`. */
  readonly stuck: (error: Error) => void;
  readonly unstuck: () => void;
};

/**
 * A file that is only added to. Many small pieces become few writes; one write at a time, in order. What was added is
 * with the kernel within half a second, and on the disk within a second or two; where it is not, the file holds.
 */
export class AppendFile {
  readonly #fd: number;
  readonly #options: AppendFileOptions;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #writing = false;
  #syncing = false;
  #dirty = true;
  #isStuck = false;
  #late = false;
  #syncLate = false;
  #held = false;
  #closing = false;
  #closed: () => void = () => {};
  #watch: Timer | undefined;
  #syncTimer: Timer | undefined;
  #again: Timer | undefined;

  /** @param fd open for appending, and perhaps written to already; closed by `close` */
  constructor(fd: number, options: AppendFileOptions) {
    this.#fd = fd;
    this.#options = options;
    this.#syncTimer = options.clock.after(syncMs, () => this.#sync());
  }

  get held(): boolean {
    return this.#held;
  }

  get isStuck(): boolean {
    return this.#isStuck;
  }

  add(pieces: readonly Buffer[]): void {
    for (const piece of pieces) {
      this.#waiting.push(piece);
      this.#waitingBytes += piece.length;
    }
    this.#write();
    this.#judge();
  }

  /** Resolves when all is on the disk, or the disk takes no more. */
  close(): Promise<void> {
    this.#closing = true;
    return new Promise((resolve) => {
      this.#closed = resolve;
      if (this.#isStuck) this.#tryAgain();
      else if (!this.#write()) this.#sync();
    });
  }

  /** @returns whether there is something to be written */
  #write(): boolean {
    if (this.#writing || this.#isStuck) return true;
    const batch = this.#waiting.slice(0, piecesAtOnce);
    if (batch.length === 0) return false;
    this.#writing = true;
    this.#watch = this.#options.clock.after(lateMs, () => {
      this.#late = true;
      this.#judge();
    });
    fs.writev(this.#fd, batch, null, (error, bytes) => {
      this.#writing = false;
      this.#watch?.cancel();
      this.#late = false;
      if (error || bytes === 0) this.#fail(error ?? new Error('the disk takes nothing'));
      else this.#written(bytes);
      this.#judge();
    });
    return true;
  }

  #written(bytes: number): void {
    let left = bytes;
    let whole = 0;
    for (const piece of this.#waiting) {
      if (piece.length > left) break;
      left -= piece.length;
      whole += 1;
    }
    this.#waiting.splice(0, whole);
    const [first] = this.#waiting;
    if (first && left > 0) this.#waiting[0] = first.subarray(left);
    this.#waitingBytes -= bytes;
    this.#dirty = true;
    if (this.#isStuck) this.#takesAgain();
    if (!this.#write() && this.#closing) this.#sync();
    else this.#syncTimer ??= this.#options.clock.after(syncMs, () => this.#sync());
  }

  #takesAgain(): void {
    this.#isStuck = false;
    this.#options.unstuck();
  }

  #fail(error: Error): void {
    if (!this.#isStuck) {
      this.#isStuck = true;
      this.#options.stuck(error);
    }
    if (this.#closing) {
      this.#end();
      return;
    }
    this.#again?.cancel();
    this.#again = this.#options.clock.after(againMs, () => this.#tryAgain());
  }

  #tryAgain(): void {
    if (this.#writing) return;
    const wasStuck = this.#isStuck;
    this.#isStuck = false;
    const writes = this.#write();
    this.#isStuck = wasStuck;
    if (!writes) this.#sync();
  }

  #sync(): void {
    this.#syncTimer?.cancel();
    this.#syncTimer = undefined;
    if (this.#syncing) return;
    if (!this.#dirty) {
      if (this.#closing) this.#end();
      return;
    }
    this.#syncing = true;
    this.#dirty = false;
    const { clock } = this.#options;
    const late = clock.after(syncLateMs, () => {
      this.#syncLate = true;
      this.#judge();
    });
    fs.fdatasync(this.#fd, (error) => {
      late.cancel();
      this.#syncing = false;
      this.#syncLate = false;
      const waits = this.#writing || this.#waiting.length > 0;
      // What was written may be lost. Pipes and the like cannot be synced, which is no failure.
      if (error && error.code !== 'EINVAL') {
        this.#dirty = true;
        // While it closes, what is written last is synced once more.
        if (!this.#closing || !waits) this.#fail(error);
        this.#judge();
        return;
      }
      if (this.#isStuck && !waits) this.#takesAgain();
      this.#judge();
      if (this.#closing && !this.#writing && this.#waiting.length === 0) this.#sync();
      else if (this.#dirty) this.#syncTimer ??= clock.after(syncMs, () => this.#sync());
    });
  }

  #end(): void {
    this.#watch?.cancel();
    this.#syncTimer?.cancel();
    this.#again?.cancel();
    this.#waiting = [];
    // A sync that is on its way closes it when it is back: by then the number may be that of another file.
    if (!this.#syncing) fs.close(this.#fd, () => this.#closed());
  }

  #judge(): void {
    const held = !this.#isStuck && (this.#late || this.#syncLate || this.#waitingBytes > waitingCap);
    if (held === this.#held) return;
    this.#held = held;
    this.#options.heldChanged(held);
  }
}
