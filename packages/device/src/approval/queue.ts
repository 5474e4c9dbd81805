import type { Clock } from '@sallyport/protocol/environment';
import { fail as protocolFail, SallyportError } from '@sallyport/protocol/errors';
import { fail } from '../errors/index.ts';

/** How long an administrator may take to answer, in milliseconds. */
export const approvalMs = 120_000;
/** Who may wait at once: as many as half sessions of a device. */
const queueLimit = 8;

/** A representative who waits to be let in. */
export type Waiting = {
  /** Short, for `approve ID`. Counted from 1 for as long as the agent runs. */
  readonly id: string;
  readonly representative: string;
  /** SHA-256 of the public key, hex. */
  readonly key: string;
  /** Wall clock, milliseconds since 1970. */
  readonly since: number;
};

type Entry = Waiting & { readonly settle: (error?: SallyportError) => void };

/** Asks a person on site before somebody may pair (design, section 4, step 6). */
export class ApprovalQueue {
  readonly #clock: Clock;
  readonly #changed: () => void;
  readonly #entries = new Map<string, Entry>();
  #count = 0;

  constructor(clock: Clock, changed: () => void) {
    this.#clock = clock;
    this.#changed = changed;
  }

  list(): readonly Waiting[] {
    return [...this.#entries.values()].map(({ id, representative, key, since }) => ({
      id,
      representative,
      key,
      since,
    }));
  }

  /**
   * Resolves when an administrator approves. A key that asks again takes the place of its earlier question.
   *
   * @throws approval-refused, approval-timed-out, device-busy, or the reason of `signal`
   */
  ask(who: { representative: string; key: string }, signal: AbortSignal): Promise<void> {
    for (const entry of this.#entries.values()) {
      if (entry.key === who.key) entry.settle(protocolFail('approval-timed-out', seconds));
    }
    if (this.#entries.size >= queueLimit) return Promise.reject(protocolFail('device-busy'));
    this.#count += 1;
    const id = String(this.#count);
    return new Promise((resolve, reject) => {
      const timer = this.#clock.after(approvalMs, () => settle(protocolFail('approval-timed-out', seconds)));
      const onAbort = (): void => settle(reasonOf(signal));
      const settle = (error?: SallyportError): void => {
        if (!this.#entries.delete(id)) return;
        timer.cancel();
        signal.removeEventListener('abort', onAbort);
        if (error) reject(error);
        else resolve();
        this.#changed();
      };
      this.#entries.set(id, { ...who, id, since: this.#clock.wallMs(), settle });
      signal.addEventListener('abort', onAbort);
      if (signal.aborted) onAbort();
      else this.#changed();
    });
  }

  /**
   * An administrator's answer.
   *
   * @param who id or name of the representative; may be left out while only one waits
   * @returns whom it let in or refused
   * @throws approval-unknown, approval-ambiguous
   */
  decide(who: string | undefined, approved: boolean): Waiting {
    const named = [...this.#entries.values()].filter(
      (entry) => who === undefined || entry.id === who || entry.representative === who,
    );
    const entry = named[0];
    if (!entry) throw fail('approval-unknown');
    if (named.length > 1) throw fail('approval-ambiguous', { details: { count: named.length } });
    entry.settle(approved ? undefined : protocolFail('approval-refused'));
    return { id: entry.id, representative: entry.representative, key: entry.key, since: entry.since };
  }
}

const seconds = { details: { seconds: approvalMs / 1_000 } };

function reasonOf(signal: AbortSignal): SallyportError {
  return signal.reason instanceof SallyportError ? signal.reason : protocolFail('connection-lost');
}
