import type { Clock, Timer } from '@sallyport/protocol/environment';
import type { GrantId } from '@sallyport/protocol/grant';
import { grantTickMs } from '../limits.ts';

/**
 * The ends of the grants that have a tunnel or a splice at this node. Looked at four times a second: a grant is over
 * when the wall clock says so, or when that much monotonic time has passed since it was told, whichever is first: a
 * clock set back lengthens nothing.
 */
export class GrantEnds {
  readonly #clock: Clock;
  readonly #onEnd: (grant: GrantId) => void;
  readonly #ends = new Map<GrantId, { wall: number; monotonic: number }>();
  #timer: Timer | undefined;

  constructor(clock: Clock, onEnd: (grant: GrantId) => void) {
    this.#clock = clock;
    this.#onEnd = onEnd;
  }

  /** Watches a grant, or moves its end. Milliseconds since 1970. */
  set(grant: GrantId, endsAt: number): void {
    const left = endsAt - this.#clock.wallMs();
    this.#ends.set(grant, { wall: endsAt, monotonic: this.#clock.monotonicMs() + left });
    this.#timer ??= this.#clock.after(grantTickMs, () => this.#tick());
  }

  has(grant: GrantId): boolean {
    return this.#ends.has(grant);
  }

  grants(): GrantId[] {
    return [...this.#ends.keys()];
  }

  delete(grant: GrantId): void {
    this.#ends.delete(grant);
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#ends.clear();
  }

  #tick(): void {
    this.#timer = undefined;
    const wall = this.#clock.wallMs();
    const monotonic = this.#clock.monotonicMs();
    for (const [grant, end] of this.#ends) {
      if (wall < end.wall && monotonic < end.monotonic) continue;
      this.#ends.delete(grant);
      this.#onEnd(grant);
    }
    if (this.#ends.size > 0) this.#timer = this.#clock.after(grantTickMs, () => this.#tick());
  }
}
