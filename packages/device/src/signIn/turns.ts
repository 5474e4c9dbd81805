import { fail } from '../errors/index.ts';

/** Who waits at once for a password to be looked at, one after the other. */
const waitingCap = 8;
/** Of those, who may be strangers: the rest is kept for browsers that are known, also while somebody floods us. */
const strangersCap = 5;
/** Of one address. */
const addressCap = 2;

type Waiter = { readonly address: string; readonly known: boolean };

/**
 * Argon2 takes its time and 19 MiB: one at a time, and few who wait. Whoever comes when all places are taken is told
 * to come again.
 */
export class Turns {
  readonly #waiting = new Set<Waiter>();
  #last: Promise<unknown> = Promise.resolve();

  /** @throws sign-in-busy */
  async take<T>(waiter: Waiter, work: () => Promise<T>): Promise<T> {
    const count = (matches: (other: Waiter) => boolean): number => [...this.#waiting].filter(matches).length;
    const full =
      this.#waiting.size >= waitingCap ||
      (!waiter.known && count(({ known }) => !known) >= strangersCap) ||
      count(({ address }) => address === waiter.address) >= addressCap;
    if (full) throw fail('sign-in-busy');
    const own = { ...waiter };
    this.#waiting.add(own);
    const before = this.#last;
    const turn = (async () => {
      await before.catch(() => {});
      return work();
    })();
    this.#last = turn;
    try {
      return await turn;
    } finally {
      this.#waiting.delete(own);
    }
  }
}
