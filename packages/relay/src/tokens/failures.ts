import type { Clock } from '@sallyport/protocol/environment';
import { exitCodes, fail, SallyportError } from '@sallyport/protocol/errors';
import { joinFailuresPerMinute } from '../limits.ts';

const windowMs = 60_000;
const addressesKept = 10_000;

type Failures = { count: number; readonly since: number };

/**
 * Refused secrets by address. The secrets cannot be guessed; this keeps somebody who tries from costing the relay its
 * time. A try counts from its beginning, and no more once it turns out to be no refusal: many at once get no more tries
 * than one after the other, and a production line that enrols its devices from one address does not fail.
 */
export class JoinFailures {
  readonly #clock: Clock;
  readonly #failures = new Map<string, Failures>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Runs `join` unless the address failed too often in the last minute. @throws rate-limited, what `join` throws */
  async guard<T>(address: string, join: () => Promise<T>): Promise<T> {
    const failures = this.#failuresOf(address);
    if (failures.count >= joinFailuresPerMinute) {
      throw fail('rate-limited', {
        details: { limit: `${joinFailuresPerMinute} refused tries in a minute` },
      });
    }
    failures.count += 1;
    let isRefusal = false;
    try {
      return await join();
    } catch (error) {
      isRefusal = error instanceof SallyportError && error.row.exit === exitCodes.refused;
      throw error;
    } finally {
      if (!isRefusal) failures.count -= 1;
      if (failures.count === 0 && this.#failures.get(address) === failures) this.#failures.delete(address);
    }
  }

  #failuresOf(address: string): Failures {
    const kept = this.#failures.get(address);
    if (kept && this.#clock.monotonicMs() - kept.since <= windowMs) return kept;
    this.#failures.delete(address);
    const [oldest] = this.#failures.keys();
    if (this.#failures.size >= addressesKept && oldest !== undefined) this.#failures.delete(oldest);
    const failures = { count: 0, since: this.#clock.monotonicMs() };
    this.#failures.set(address, failures);
    return failures;
  }
}
