import type { Duplex } from 'node:stream';
import type { Clock } from '../environment/index.ts';
import { connectionQueueBytes, farewellMs, linkTurnBytes } from './limits.ts';

export interface LinkHandler {
  onChunk(chunk: Buffer): void;
  /** So many bytes were given to the connection. */
  onWrote(bytes: number): void;
  /** Something that waited has been written: there may be room again. */
  onWritten(): void;
  /** The connection is gone. Called once, and not after `close` or `farewell`. */
  onLost(cause?: Error): void;
}

const ignore = (): void => {};

/**
 * Has small writes leave at once, if the connection can. Else an acknowledgement waits for the one of TCP before it
 * (Nagle), which the other end holds back for 40 ms: half of the throughput was lost by that.
 */
function hurry(connection: Duplex & { setNoDelay?: unknown }): void {
  if (typeof connection.setNoDelay === 'function') connection.setNoDelay(true);
}

/**
 * Lets a connection go after what waits in it and these last bytes have left, or after five seconds: the other end may
 * have stopped reading.
 */
export function bidFarewell(connection: Duplex, clock: Clock, last?: Buffer): void {
  connection.on('error', ignore);
  const deadline = clock.after(farewellMs, () => connection.destroy());
  connection.once('close', () => deadline.cancel());
  if (connection.destroyed) deadline.cancel();
  connection.resume();
  if (last) connection.write(last);
  connection.end();
}

/** One connection under a stream: its listeners, what waits in it, and how it is left. */
export class Link {
  readonly #connection: Duplex;
  readonly #handler: LinkHandler;
  readonly #clock: Clock;
  readonly #written = (): void => this.#handler.onWritten();
  readonly #chunk = (chunk: Buffer): void => {
    this.#handler.onChunk(chunk);
    this.#takeTurns(chunk.length);
  };
  readonly #failed = (cause: Error): void => this.#lose(cause);
  readonly #ended = (): void => this.#lose();
  #left = false;
  /** Bytes that were read since the others had their turn. */
  #turnBytes = 0;

  constructor(connection: Duplex, clock: Clock, handler: LinkHandler) {
    this.#connection = connection;
    this.#clock = clock;
    this.#handler = handler;
    hurry(connection);
    connection.on('error', this.#failed);
    connection.on('end', this.#ended);
    connection.on('close', this.#ended);
    connection.on('data', this.#chunk);
    // Whoever read the hello may have paused it.
    connection.resume();
    if (connection.destroyed || connection.readableEnded) queueMicrotask(this.#ended);
  }

  /** Whether what is written now would wait behind too much. `onWritten` follows when this changes. */
  get isCongested(): boolean {
    return this.#connection.writableLength >= connectionQueueBytes;
  }

  /** Everything written until `uncork` leaves together. */
  cork(): void {
    this.#connection.cork();
  }

  uncork(): void {
    this.#connection.uncork();
  }

  write(bytes: Buffer): void {
    if (this.#left) return;
    this.#connection.write(bytes, this.#written);
    this.#handler.onWrote(bytes.length);
  }

  /** Lets the connection go at once. What waits in it is lost. */
  close(): void {
    if (!this.#leave()) return;
    this.#connection.destroy();
  }

  /** Lets the connection go as `bidFarewell` does. */
  farewell(last?: Buffer): void {
    if (this.#leave()) bidFarewell(this.#connection, this.#clock, last);
  }

  #lose(cause?: Error): void {
    if (this.#left) return;
    this.close();
    this.#handler.onLost(cause);
  }

  /**
   * Lets others have their turn after so many bytes. The kernel is read up to thirty times in one turn, 1.3 MB of a fast
   * connection: ten milliseconds for which a key that was typed in another session would wait.
   */
  #takeTurns(bytes: number): void {
    this.#turnBytes += bytes;
    if (this.#turnBytes < linkTurnBytes || this.#left) return;
    this.#turnBytes = 0;
    this.#connection.pause();
    setImmediate(() => {
      if (!this.#left) this.#connection.resume();
    });
  }

  /** Whether this was the first time. An error may still come from a connection that was left: it concerns nobody. */
  #leave(): boolean {
    if (this.#left) return false;
    this.#left = true;
    this.#connection.off('data', this.#chunk);
    this.#connection.off('end', this.#ended);
    this.#connection.off('close', this.#ended);
    this.#connection.off('error', this.#failed);
    this.#connection.on('error', ignore);
    return true;
  }
}
