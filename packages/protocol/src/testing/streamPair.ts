import { Duplex } from 'node:stream';
import { type Clock, uniform } from '../environment/index.ts';
import { type Deliver, Pipe } from './pipe.ts';
import { seededRandom } from './seededRandom.ts';

export type Side = 'a' | 'b';

export type StreamPairOptions = {
  /** Decides where pieces are cut, when `maxChunk` is given. */
  seed?: number;
  /** Needed for `delayMs`. */
  clock?: Clock;
  /** Bytes arrive in pieces of 1 to this many, at random. Without it they arrive as they were written. */
  maxChunk?: number;
  /** How long a byte is under way. */
  delayMs?: number;
  /** Bytes that may be under way in one direction before the writer has to wait: 64 KiB unless told. */
  capacityBytes?: number;
};

/** Two ends of a connection in memory, and what can happen to it. */
export type StreamPair = {
  readonly a: Duplex;
  readonly b: Duplex;
  /** The connection breaks now; what is under way is lost. `aware` names the only side that notices, if it is one. */
  cut(aware?: Side): void;
  /**
   * The connection breaks when `side` has written this many more bytes. The write that goes beyond succeeds, as far as
   * its writer can see. Bytes up to the count arrive if nothing holds them back.
   */
  cutAfter(bytes: number, side: Side): void;
  /** Holds back what `side` has written (or lets it go again). Nobody is told. */
  stall(side: Side, on: boolean): void;
  /** How many bytes `side` has written and believes sent. */
  written(side: Side): number;
};

const socketError = (code: string): Error => Object.assign(new Error(code), { code });

class PairEnd extends Duplex {
  #outgoing: Pipe | undefined;
  #incoming: Pipe | undefined;
  #other: PairEnd | undefined;
  /** Has not noticed that the connection is gone: goes on writing into nothing. */
  unaware = false;
  readonly deliver: Deliver = (piece) => !this.destroyed && this.push(piece);

  join(other: PairEnd, outgoing: Pipe, incoming: Pipe): void {
    this.#other = other;
    this.#outgoing = outgoing;
    this.#incoming = incoming;
  }

  override _read(): void {
    this.#incoming?.wanted();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    if (this.#other?.destroyed && !this.unaware) done(socketError('EPIPE'));
    else this.#outgoing?.send(chunk, done);
  }

  override _writev(chunks: { chunk: Buffer }[], done: (error?: Error) => void): void {
    this._write(Buffer.concat(chunks.map(({ chunk }) => chunk)), 'utf8', done);
  }

  override _final(done: () => void): void {
    this.#outgoing?.send(null, done);
  }

  /** As with a socket: what was written still arrives, then the end; what the other side writes has nobody to take it. */
  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    if (!this.writableEnded) this.#outgoing?.send(null, () => {});
    this.#incoming?.lose();
    done(error);
  }
}

/** A connection in memory. Each end that notices a cut is destroyed with ECONNRESET, as a socket would be. */
export function streamPair(options: StreamPairOptions = {}): StreamPair {
  const random = seededRandom(options.seed ?? 1);
  const { maxChunk } = options;
  const cutPiece = (length: number): number =>
    maxChunk === undefined ? length : Math.min(length, 1 + uniform(random, maxChunk));
  const a = new PairEnd();
  const b = new PairEnd();
  const pipes = {
    a: new Pipe({ ...options, cutPiece }, b.deliver),
    b: new Pipe({ ...options, cutPiece }, a.deliver),
  };
  a.join(b, pipes.a, pipes.b);
  b.join(a, pipes.b, pipes.a);
  const cut = (aware?: Side): void => {
    pipes.a.lose();
    pipes.b.lose();
    a.unaware = aware === 'b';
    b.unaware = aware === 'a';
    if (aware !== 'b') a.destroy(socketError('ECONNRESET'));
    if (aware !== 'a') b.destroy(socketError('ECONNRESET'));
  };
  return {
    a,
    b,
    cut,
    cutAfter: (bytes, side) => pipes[side].cutAfter(bytes, () => cut()),
    stall(side, on) {
      pipes[side].stalled = on;
      pipes[side].flow();
    },
    written: (side) => pipes[side].written,
  };
}
