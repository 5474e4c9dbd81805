import type { Clock, Log, Random, Timer } from '@sallyport/protocol/environment';
import { restMs } from './backoff.ts';
import type { Link, LinkListener } from './link.ts';
import type { GrantTerms } from './tunnel.ts';

/** How long the relay is looked for to tell it that a grant was disabled, in milliseconds. It forgets by itself at the grant's end. */
export const farewellMs = 3_600_000;

export type FarewellOptions = {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly dial: (listener: LinkListener, signal: AbortSignal) => Promise<Link>;
};

/**
 * Tells the relay of a Disable that it could not hear, so that representatives learn at once that the grant is over,
 * and do not try again until its time has run out. The device itself ended everything without waiting for this.
 */
export class Farewell {
  readonly #options: FarewellOptions;
  #attempt = new AbortController();
  #rest: Timer | undefined;

  constructor(options: FarewellOptions) {
    this.#options = options;
  }

  /** Dials until the relay was told, for an hour at most. */
  begin(grant: GrantTerms['grant']): void {
    this.stop();
    this.#attempt = new AbortController();
    void this.#tell(grant, this.#options.clock.monotonicMs() + farewellMs, 1, this.#attempt.signal);
  }

  /** Lets it be: a new grant takes the old one's place at the relay, or the agent ends. */
  stop(): void {
    this.#attempt.abort();
    this.#rest?.cancel();
  }

  async #tell(
    grant: GrantTerms['grant'],
    untilMs: number,
    attempt: number,
    signal: AbortSignal,
  ): Promise<void> {
    const { clock, random, log, dial } = this.#options;
    try {
      const link = await dial({ message: () => {}, ended: () => {} }, signal);
      if (!signal.aborted) link.send({ type: 'close', grant, reason: 'disabled' });
      link.close();
    } catch (error) {
      const waitMs = restMs(attempt, random);
      if (signal.aborted || clock.monotonicMs() + waitMs > untilMs) return;
      log.debug('farewell-not-heard-1', { error });
      this.#rest = clock.after(waitMs, () => void this.#tell(grant, untilMs, attempt + 1, signal));
    }
  }
}
