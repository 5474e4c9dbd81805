import { Duplex } from 'node:stream';
import { type Clock, type Log, silentLog } from '../environment/index.ts';
import { fail } from '../errors/index.ts';
import type { StreamId } from '../grant/index.ts';
import { encodeEnd } from './codec.ts';
import { Connection } from './connection.ts';
import { broken, errorOfCode, type StreamEnd } from './failures.ts';
import { maxReplayBytes } from './limits.ts';
import { bidFarewell } from './link.ts';
import { Receiver } from './receiver.ts';
import { ReplayBudget } from './replayBudget.ts';
import { ReplayBuffer } from './replayBuffer.ts';
import { WriteRequest } from './writeRequest.ts';

export type ResumableStreamOptions = {
  clock: Clock;
  id: StreamId;
  /** Shared by the streams of an agent. Without it the stream has one of its own. */
  budget?: ReplayBudget;
  /** The most of the budget that this stream takes: 16 MiB unless told. */
  maxReplayBytes?: number;
  /** Told of all bytes that go over its connections, in either direction: their buffers are garbage soon after. */
  passed?: (bytes: number) => void;
  log?: Log;
};

/** Counters of a stream, for people. Bytes are those of the sequence: each counts once, however often it was sent. */
export type StreamStats = {
  sentBytes: number;
  receivedBytes: number;
  /** Memory held for what may have to be sent again. */
  replayBytes: number;
  roundTripMs: number | undefined;
};

/**
 * One ordered byte stream over a chain of connections (design, section 4, step 7). What is written at one end is read
 * at the other, once and in order, however often the connection in between breaks and is replaced by `attach`.
 *
 * A lost connection is no error: the stream is suspended, takes writes until its replay buffer is full, and waits.
 * It ends when both ends have ended their halves and said so; by `endDeliberately` or `destroy` of either end; or for
 * good when the other end breaks the rules. It never emits 'error' by itself, and always 'ended', then 'close'.
 *
 * Events: 'suspended' (cause?: Error); 'live' (generation: number); 'ended' (StreamEnd); and those of Duplex.
 */
export class ResumableStream extends Duplex {
  readonly id: StreamId;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #passed: (bytes: number) => void;
  readonly #replay: ReplayBuffer;
  readonly #receiver: Receiver;
  #generation = -1;
  #connection: Connection | undefined;
  #ended: StreamEnd | undefined;
  #request: WriteRequest | undefined;
  #finished: (() => void) | undefined;
  #finishedFirst: 'us' | 'them' = 'us';
  #roundTripMs: number | undefined;

  constructor(options: ResumableStreamOptions) {
    super();
    this.id = options.id;
    this.#clock = options.clock;
    this.#log = options.log ?? silentLog;
    this.#passed = options.passed ?? (() => {});
    const budget = options.budget ?? new ReplayBudget();
    this.#replay = new ReplayBuffer(budget, options.maxReplayBytes ?? maxReplayBytes);
    this.#receiver = new Receiver({ push: (piece) => this.push(piece), unread: () => this.readableLength });
  }

  /** The number of the newest connection; -1 before the first. */
  get generation(): number {
    return this.#generation;
  }

  get state(): 'suspended' | 'live' | 'ended' {
    if (this.#ended) return 'ended';
    return this.#connection ? 'live' : 'suspended';
  }

  /** Offset of the next byte expected. For `resume` and `resumed`; call `suspend` before, so that it stands still. */
  get received(): number {
    return this.#receiver.received;
  }

  stats(): StreamStats {
    return {
      sentBytes: this.#replay.sent,
      receivedBytes: this.#receiver.received,
      replayBytes: this.#replay.held,
      roundTripMs: this.#connection?.roundTripMs ?? this.#roundTripMs,
    };
  }

  /**
   * Goes on over a new connection; the one before, if it is still there, is closed. Bytes of the stream that were read
   * together with the hello have been put back into `connection`. From here on the connection belongs to the stream.
   *
   * @param generation above every one used before
   * @param peerReceived what the other end said in its hello that it expects next
   * @throws stream-superseded when the generation is not above the last; stream and connection stay as they are
   * @throws stream-broken when `peerReceived` is not in the replay buffer; the stream has ended then, and the other end is told
   * @throws the error with which it ended, when it has
   */
  attach(
    connection: Duplex,
    { generation, peerReceived }: { generation: number; peerReceived: number },
  ): void {
    if (this.#ended) throw this.#ended.error;
    if (generation <= this.#generation) throw fail('stream-superseded');
    this.#generation = generation;
    this.#letGo();
    const isKept = peerReceived >= this.#replay.base && peerReceived <= this.#replay.sent;
    if (!isKept) {
      const error = broken('the other side expects bytes that are not kept any more');
      bidFarewell(connection, this.#clock, encodeEnd(error.code));
      this.#end({ by: 'broken', error });
      throw error;
    }
    this.#replay.rewind(peerReceived);
    this.#connection = new Connection(connection, this.#clock, this.#replay, this.#receiver, {
      onWritable: () => this.#takeRequest(),
      onAcknowledged: () => this.#acknowledged(),
      onFinished: () => this.#concludeIfComplete(),
      onEnd: (code) => this.#end({ by: 'them', error: errorOfCode(code) }),
      onBroken: (error) => this.#end({ by: 'broken', error }),
      onLost: (cause) => this.#lost(cause),
      onPassed: this.#passed,
    });
    this.#connection.begin(peerReceived);
    this.#log.debug('stream-live-1', { stream: this.id, generation });
    this.emit('live', generation);
    this.#takeRequest();
  }

  /** Lets go of the connection, if there is one, as if it had been lost. */
  suspend(): void {
    if (this.#connection) this.#lost();
  }

  /**
   * To be called when there is reason to think that the connection is dead, such as another address of this machine: it is
   * let go after four seconds of silence then, and not only after twenty.
   */
  doubt(): void {
    this.#connection?.doubt();
  }

  /**
   * Ends the stream for good: both ends see it, with this code of an error. What was not sent yet is dropped.
   * While it is suspended the other end is not told, and learns it when it comes back.
   */
  endDeliberately(code: string): void {
    this.#end({ by: 'us', error: errorOfCode(code) });
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    this.#request = new WriteRequest([chunk], done);
    this.#takeRequest();
  }

  override _writev(chunks: { chunk: Buffer }[], done: (error?: Error) => void): void {
    this.#request = new WriteRequest(
      chunks.map(({ chunk }) => chunk),
      done,
    );
    this.#takeRequest();
  }

  /** 'finish' comes when the other end has acknowledged the end, and with it everything before. */
  override _final(done: () => void): void {
    this.#finished = done;
    this.#finishedFirst = this.#receiver.finished ? 'them' : 'us';
    this.#replay.finish();
    this.#connection?.send();
  }

  override _read(): void {
    this.#receiver.wanted();
    this.#connection?.considerAck();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#end({ by: 'us', error: errorOfCode(error ? 'internal' : 'session-closed') });
    this.#receiver.clear();
    this.#request?.done(error ?? this.#ended?.error);
    this.#request = undefined;
    done(error);
  }

  /**
   * Takes what the writer offers. While the connection is only slow it takes no more than that carries at once, so
   * that what is written later by somebody in a hurry does not wait behind megabytes. While there is no
   * connection, or the other end's reader has stopped, it takes what the replay buffer holds.
   */
  #takeRequest(): void {
    const connection = this.#connection;
    connection?.send();
    const request = this.#request;
    if (!request || this.#ended) return;
    while (request.left > 0 && this.#replay.hasRoom && !connection?.isCongested) {
      this.#replay.take(request, connection?.hasWindow ?? false);
      connection?.send();
    }
    if (request.left > 0) return;
    this.#request = undefined;
    request.done();
  }

  #acknowledged(): void {
    if (this.#finished && this.#replay.finAcknowledged) {
      this.#finished();
      this.#finished = undefined;
    }
    this.#concludeIfComplete();
    this.#takeRequest();
  }

  /** Both halves have ended and both ends know: the connection is not needed any more. The reader may take its time. */
  #concludeIfComplete(): void {
    if (this.#replay.finAcknowledged && this.#receiver.finished) {
      this.#conclude({ by: this.#finishedFirst, error: fail('session-closed') });
    }
  }

  #letGo(): void {
    this.#roundTripMs = this.#connection?.roundTripMs;
    this.#connection?.close();
    this.#connection = undefined;
  }

  #lost(cause?: Error): void {
    this.#letGo();
    this.#log.debug('stream-suspended-1', { stream: this.id, generation: this.#generation });
    this.emit('suspended', cause);
    this.#takeRequest();
  }

  /** Ends the stream before both halves have ended by themselves. What is unread or unsent is dropped. */
  #end(end: StreamEnd): void {
    this.#conclude(end, end.by === 'them' ? undefined : encodeEnd(end.error.code));
    this.destroy();
  }

  /** The one way into the state 'ended'. */
  #conclude(end: StreamEnd, last?: Buffer): void {
    if (this.#ended) return;
    this.#ended = end;
    this.#connection?.farewell(last);
    this.#connection = undefined;
    this.#replay.clear();
    this.#log.debug('stream-ended-1', { stream: this.id, by: end.by, code: end.error.code });
    this.emit('ended', end);
  }
}
