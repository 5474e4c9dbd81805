import type { Store, Writes } from './open.ts';

/** How many share one transaction at most: while it runs, others wait for the connection. */
const mostTogether = 100;

type Work<T> = (writes: Writes) => Promise<T>;
type Job = { readonly work: Work<unknown>; resolve(value: unknown): void; reject(error: unknown): void };

/**
 * Carries out many small pieces of work in a few transactions: what comes while one runs waits for the next, and shares
 * it. A thousand devices that come back at once cost a dozen commits instead of a thousand, and their statements are
 * carried out side by side instead of each after the answer to the one before.
 *
 * Each has its own outcome: when one of them fails, all are rolled back, and each is done alone. They must not depend on
 * the order of their statements, such as the chain of the audit log does.
 *
 * On PostgreSQL, where there are several connections, and rows locked in any order would block other nodes, each has a
 * transaction of its own as before.
 */
export class Together {
  readonly #store: Store;
  readonly #waiting: Job[] = [];
  #running = false;

  constructor(store: Store) {
    this.#store = store;
  }

  run<T>(work: Work<T>): Promise<T> {
    if (this.#store.postgres) return this.#store.db.transaction().execute(work);
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({ work, resolve: resolve as Job['resolve'], reject });
      if (!this.#running) void this.#runAll();
    });
  }

  async #runAll(): Promise<void> {
    this.#running = true;
    while (this.#waiting.length > 0) await this.#carryOut(this.#waiting.splice(0, mostTogether));
    this.#running = false;
  }

  async #carryOut(jobs: readonly Job[]): Promise<void> {
    if (jobs.length > 1 && (await this.#inOne(jobs))) return;
    for (const { work, resolve, reject } of jobs) {
      await this.#store.db.transaction().execute(work).then(resolve, reject);
    }
  }

  /** @returns false if one of them failed: then nothing of any of them is done */
  async #inOne(jobs: readonly Job[]): Promise<boolean> {
    let values: unknown[];
    try {
      values = await this.#store.db.transaction().execute(async (writes) => {
        // All have to be over before it is rolled back.
        const settled = await Promise.allSettled(jobs.map(({ work }) => work(writes)));
        return settled.map((one) => {
          if (one.status === 'rejected') throw one.reason;
          return one.value;
        });
      });
    } catch {
      return false;
    }
    for (const [index, { resolve }] of jobs.entries()) resolve(values[index]);
    return true;
  }
}
