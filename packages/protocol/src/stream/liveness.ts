import type { Clock, Timer } from '../environment/index.ts';
import { deadAfterMs, doubtedMs, pingAfterMs } from './limits.ts';

export interface LivenessHandler {
  /** Time to ask whether the other end is there. */
  onPingDue(nonce: number): void;
  /** Nothing was heard for so long, in milliseconds. */
  onDead(silenceMs: number): void;
}

/**
 * Judges one connection by its silence, on the monotonic clock: a machine that slept is not blamed for it.
 * One timer at a time, and none is touched when bytes arrive.
 */
export class Liveness {
  /** How long the last ping took to come back. */
  roundTripMs: number | undefined;
  readonly #clock: Clock;
  readonly #handler: LivenessHandler;
  #heardAt: number;
  #pingedAt: number;
  #nonce = 0;
  #awaited = false;
  #isDoubted = false;
  #timer: Timer;

  constructor(clock: Clock, handler: LivenessHandler) {
    this.#clock = clock;
    this.#handler = handler;
    this.#heardAt = clock.monotonicMs();
    this.#pingedAt = this.#heardAt;
    this.#timer = clock.after(pingAfterMs, () => this.#check());
  }

  /** Bytes arrived. */
  heard(): void {
    this.#heardAt = this.#clock.monotonicMs();
  }

  /** Asks now, also to learn the round-trip time. */
  ping(): void {
    this.#nonce = (this.#nonce + 1) >>> 0;
    this.#awaited = true;
    this.#pingedAt = this.#clock.monotonicMs();
    this.#handler.onPingDue(this.#nonce);
  }

  ponged(nonce: number): void {
    if (!this.#awaited || nonce !== this.#nonce) return;
    this.#awaited = false;
    this.roundTripMs = this.#clock.monotonicMs() - this.#pingedAt;
  }

  /** There is reason to think that the other end cannot be reached any more: asks now, and waits four seconds. */
  doubt(): void {
    // Who doubts again while it is asked already gives it no more time.
    if (this.#isDoubted) return;
    this.#isDoubted = true;
    const askedAt = this.#clock.monotonicMs();
    this.#timer.cancel();
    this.#timer = this.#clock.after(doubtedMs, () => {
      this.#isDoubted = false;
      if (this.#heardAt > askedAt || !this.#awaited) this.#check();
      else this.#handler.onDead(doubtedMs);
    });
    this.ping();
  }

  stop(): void {
    this.#timer.cancel();
  }

  #check(): void {
    const now = this.#clock.monotonicMs();
    const silence = now - this.#heardAt;
    if (silence >= deadAfterMs) {
      this.#handler.onDead(deadAfterMs);
      return;
    }
    const quiet = silence >= pingAfterMs;
    this.#timer = this.#clock.after((quiet ? deadAfterMs : pingAfterMs) - silence, () => this.#check());
    if (quiet) this.ping();
  }
}
