import type { Writable } from 'node:stream';

/** Bytes of answers that may wait for the client before no further request is begun. */
const backlogCap = 1024 * 1024;
/** Buffers for the data of READ, each for one batch. */
const buffersCap = 6;
/** Bytes of one of them. */
export const batchBytes = 576 * 1024;

/**
 * The way out for answers. Counts what waits there, so that a client that does not read is not served further; and owns
 * the buffers that files are read into, which go straight from the disk's cache to the pipe and come back for the next.
 */
export class Outlet {
  #pipe: Writable;
  #corked = false;
  #free: Buffer[] = [];
  #made = 0;
  #waiting: ((buffer: Buffer) => void)[] = [];
  #onRoom: () => void;

  /** @param onRoom called when `hasRoom` has become true again */
  constructor(pipe: Writable, onRoom: () => void) {
    this.#pipe = pipe;
    this.#onRoom = onRoom;
    pipe.on('drain', onRoom);
  }

  get hasRoom(): boolean {
    return this.#pipe.writableLength < backlogCap && (this.#free.length > 0 || this.#made < buffersCap);
  }

  /** Sends one or more whole packets. What is sent in one turn of the event loop leaves in one go. */
  send(packets: Buffer): void {
    if (!this.#corked) {
      this.#corked = true;
      this.#pipe.cork();
      process.nextTick(() => {
        this.#corked = false;
        this.#pipe.uncork();
      });
    }
    this.#pipe.write(packets);
  }

  /** A buffer of `batchBytes`, as soon as one is free. */
  async take(): Promise<Buffer> {
    const free = this.#free.pop();
    if (free) return free;
    if (this.#made < buffersCap) {
      this.#made++;
      return Buffer.allocUnsafeSlow(batchBytes);
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Sends a part of a buffer that `take` gave, and takes the buffer back once it is out. */
  sendAndGiveBack(packets: Buffer, buffer: Buffer): void {
    this.#pipe.write(packets, () => this.giveBack(buffer));
  }

  giveBack(buffer: Buffer): void {
    const next = this.#waiting.shift();
    if (next) {
      next(buffer);
      return;
    }
    this.#free.push(buffer);
    this.#onRoom();
  }
}
