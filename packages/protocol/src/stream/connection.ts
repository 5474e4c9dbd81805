import type { Duplex } from 'node:stream';
import type { Clock, Timer } from '../environment/index.ts';
import { fail, SallyportError } from '../errors/index.ts';
import { encodeAck, encodeFin, encodePing, encodeStart } from './codec.ts';
import { broken } from './failures.ts';
import { type FrameHandler, FrameReader } from './frameReader.ts';
import { ackEveryBytes, ackWithinMs, windowStepBytes } from './limits.ts';
import { Link, type LinkHandler } from './link.ts';
import { Liveness, type LivenessHandler } from './liveness.ts';
import type { Receiver } from './receiver.ts';
import type { ReplayBuffer } from './replayBuffer.ts';

export interface ConnectionHandler {
  /** More may be sent than before. */
  onWritable(): void;
  /** The other end has acknowledged something. */
  onAcknowledged(): void;
  /** The other end has ended its half. */
  onFinished(): void;
  /** The other end has ended the stream. */
  onEnd(code: string): void;
  /** The other end broke the rules: the stream has to end. */
  onBroken(error: SallyportError): void;
  onLost(cause?: Error): void;
  /** So many bytes went over the connection, in either direction. */
  onPassed(bytes: number): void;
}

/**
 * The frames of one connection under a stream: sends the sequence of `replay`, feeds `receiver`, acknowledges, and
 * judges whether the other end is alive. Acknowledgements, pings and their answers are owed, not queued: each is written once, in
 * its newest form, before any data, as soon as the connection is not congested. Whatever the other end asks for, they take no memory.
 */
export class Connection implements FrameHandler, LinkHandler, LivenessHandler {
  readonly #clock: Clock;
  readonly #replay: ReplayBuffer;
  readonly #receiver: Receiver;
  readonly #handler: ConnectionHandler;
  readonly #link: Link;
  readonly #reader = new FrameReader(this);
  readonly #liveness: Liveness;
  /** Offset up to which the other end lets us send; -1 until it has told. */
  #limit = -1;
  #started = false;
  #acknowledged = 0;
  #allowed = 0;
  #ackTimer: Timer | undefined;
  #isSendingSoon = false;
  #owesAck = false;
  #owesPing: number | undefined;
  #owesPong: number | undefined;

  constructor(
    connection: Duplex,
    clock: Clock,
    replay: ReplayBuffer,
    receiver: Receiver,
    handler: ConnectionHandler,
  ) {
    this.#clock = clock;
    this.#replay = replay;
    this.#receiver = receiver;
    this.#handler = handler;
    this.#link = new Link(connection, clock, this);
    this.#liveness = new Liveness(clock, this);
  }

  get roundTripMs(): number | undefined {
    return this.#liveness.roundTripMs;
  }

  /** Whether what is taken now would only wait, though not for long. `onWritable` or `onAcknowledged` follows. */
  get isCongested(): boolean {
    return this.#limit < 0 || this.#link.isCongested;
  }

  /** Whether bytes that the stream takes now may be sent at once, as far as the other end is concerned. */
  get hasWindow(): boolean {
    return this.#replay.end < this.#limit;
  }

  /** Says where this end begins and what it has. The first frames on the connection. */
  begin(offset: number): void {
    this.#link.cork();
    this.#link.write(encodeStart(offset));
    this.#owesAck = true;
    this.#liveness.ping();
    this.#link.uncork();
  }

  /** Sends what is owed, then what the replay buffer holds, as far as connection and window allow. */
  send(): void {
    const link = this.#link;
    if (this.#reader.isStopped || link.isCongested) return;
    link.cork();
    this.#sendOwed();
    while (!link.isCongested) {
      const frame = this.#replay.nextFrame(this.#limit);
      if (!frame) break;
      for (const piece of frame) link.write(piece);
    }
    if (this.#replay.nextIsFin()) link.write(encodeFin());
    link.uncork();
  }

  /** There is reason to think that it is dead: it has four seconds to show that it is not. */
  doubt(): void {
    this.#liveness.doubt();
  }

  /** Acknowledges now or soon, if there is something to tell. */
  considerAck(): void {
    const received = this.#receiver.received - this.#acknowledged;
    const grown = this.#receiver.allowable - this.#allowed;
    if (received >= ackEveryBytes || grown >= windowStepBytes) {
      this.#owesAck = true;
      this.#sendSoon();
    } else if ((received > 0 || grown >= ackEveryBytes) && !this.#ackTimer) {
      this.#ackTimer = this.#clock.after(ackWithinMs, () => {
        this.#ackTimer = undefined;
        this.#owesAck ||=
          this.#receiver.received > this.#acknowledged || this.#receiver.allowable > this.#allowed;
        this.send();
      });
    }
  }

  /** Lets the connection go. Nothing is reported of it any more. */
  close(): void {
    this.#stop();
    this.#link.close();
  }

  /** Lets the connection go when all that is owed, and `last`, has left. */
  farewell(last?: Buffer): void {
    this.#sendOwed();
    this.#stop();
    this.#link.farewell(last);
  }

  onWrote(bytes: number): void {
    this.#handler.onPassed(bytes);
  }

  onChunk(chunk: Buffer): void {
    this.#liveness.heard();
    this.#handler.onPassed(chunk.length);
    try {
      this.#reader.read(chunk);
    } catch (error) {
      if (!(error instanceof SallyportError && error.code === 'stream-broken')) throw error;
      this.#handler.onBroken(error);
      return;
    }
    if (this.#reader.isStopped) return;
    this.considerAck();
    if (this.#owesAck || this.#owesPong !== undefined) this.#sendSoon();
  }

  onWritten(): void {
    this.#handler.onWritable();
  }

  onLost(cause?: Error): void {
    this.#stop();
    this.#handler.onLost(cause);
  }

  onDead(silenceMs: number): void {
    this.close();
    this.#handler.onLost(fail('timed-out', { details: { seconds: silenceMs / 1000 } }));
  }

  onPingDue(nonce: number): void {
    this.#owesPing = nonce;
    this.send();
  }

  onPing(nonce: number): void {
    this.#owesPong = nonce;
  }

  onStart(offset: number): void {
    if (this.#started) throw broken('the other side began twice on one connection');
    this.#started = true;
    this.#receiver.start(offset);
  }

  onData(piece: Buffer): void {
    this.#needStart();
    this.#receiver.data(piece);
  }

  onFin(): void {
    this.#needStart();
    this.#receiver.fin();
    this.#owesAck = true;
    this.send();
    this.#handler.onFinished();
  }

  onAck(received: number, room: number): void {
    this.#needStart();
    if (received > this.#replay.sent) throw broken('the other side acknowledged what was not sent');
    this.#replay.acknowledge(received);
    this.#limit = Math.max(this.#limit, received + room);
    this.#handler.onAcknowledged();
  }

  onPong(nonce: number): void {
    this.#liveness.ponged(nonce);
  }

  onEnd(code: string): void {
    this.#handler.onEnd(code);
  }

  /**
   * Sends in this turn of the event loop, after everything that is read in it. A fast connection is read many times in
   * one turn, and one acknowledgement for all of them is as good.
   */
  #sendSoon(): void {
    if (this.#isSendingSoon) return;
    this.#isSendingSoon = true;
    setImmediate(() => {
      this.#isSendingSoon = false;
      this.send();
    });
  }

  #needStart(): void {
    if (!this.#started) throw broken('the other side did not say where it begins');
  }

  #sendOwed(): void {
    if (this.#owesPong !== undefined) this.#link.write(encodePing(this.#owesPong, 'pong'));
    if (this.#owesPing !== undefined) this.#link.write(encodePing(this.#owesPing, 'ping'));
    this.#owesPong = undefined;
    this.#owesPing = undefined;
    if (!this.#owesAck) return;
    this.#owesAck = false;
    const room = this.#receiver.grantRoom();
    this.#acknowledged = this.#receiver.received;
    this.#allowed = this.#acknowledged + room;
    this.#link.write(encodeAck(this.#acknowledged, room));
  }

  #stop(): void {
    this.#reader.stop();
    this.#liveness.stop();
    this.#ackTimer?.cancel();
  }
}
