import type { Clock, Log } from '@sallyport/protocol/environment';
import type { Store } from '../store/index.ts';

/** A representative who is at the relay all the time is noted so often. */
export const seenEveryMs = 60_000;
/** Of so many representatives it is remembered when they were noted; of one more, all are noted anew. */
const remembered = 10_000;

/** Notes when representatives were last at this node, to the minute: not each request is a write. */
export class SeenRepresentatives {
  readonly #options: { readonly store: Store; readonly clock: Clock; readonly log: Log };
  readonly #noted = new Map<string, number>();

  constructor(options: { readonly store: Store; readonly clock: Clock; readonly log: Log }) {
    this.#options = options;
  }

  /** They proved to be there just now. Nobody waits for the disk. */
  note(id: string): void {
    const { store, clock, log } = this.#options;
    const now = clock.monotonicMs();
    const before = this.#noted.get(id);
    if (before !== undefined && now - before < seenEveryMs) return;
    if (this.#noted.size >= remembered) this.#noted.clear();
    this.#noted.set(id, now);
    store.db
      .updateTable('representatives')
      .set({ seen_at: clock.wallMs() })
      .where('id', '=', id)
      .execute()
      .catch((error) => log.warn('representative-not-noted-1', { error }));
  }
}
