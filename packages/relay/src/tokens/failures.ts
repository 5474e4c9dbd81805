import type { Clock } from '@sallyport/protocol/environment';
import { fail } from '@sallyport/protocol/errors';
import { joinFailuresPerMinute } from '../limits.ts';

const windowMs = 60_000;
const addressesKept = 10_000;

/**
 * Refused secrets by address. The secrets cannot be guessed; this keeps somebody who tries from costing the relay its
 * time. A production line that enrols many devices from one address does not fail, and is not slowed.
 */
export class JoinFailures {
  readonly #clock: Clock;
  readonly #failures = new Map<string, { count: number; since: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Runs `join` unless the address failed too often in the last minute. @throws rate-limited, what `join` throws */
  async guard<T>(address: string, join: () => Promise<T>): Promise<T> {
    const entry = this.#failures.get(address);
    if (entry && this.#clock.monotonicMs() - entry.since > windowMs) this.#failures.delete(address);
    else if (entry && entry.count >= joinFailuresPerMinute) {
      throw fail('rate-limited', {
        details: { limit: `${joinFailuresPerMinute} refused tries in a minute` },
      });
    }
    try {
      return await join();
    } catch (error) {
      this.#note(address);
      throw error;
    }
  }

  #note(address: string): void {
    const entry = this.#failures.get(address);
    if (entry) {
      entry.count += 1;
      return;
    }
    const [oldest] = this.#failures.keys();
    if (this.#failures.size >= addressesKept && oldest !== undefined) this.#failures.delete(oldest);
    this.#failures.set(address, { count: 1, since: this.#clock.monotonicMs() });
  }
}
