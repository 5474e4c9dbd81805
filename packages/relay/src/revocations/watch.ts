import type { Clock, Log, Timer } from '@sallyport/protocol/environment';
import { postgresPollMs, sqlitePollMs, withoutDatabaseMs } from '../limits.ts';
import type { Store } from '../store/index.ts';
import { type Revocation, revocationsAfter } from './revocations.ts';

export type RevocationWatch = {
  /** Reads what is new now. */
  look(): void;
  stop(): void;
};

type Options = {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  /** The number of the newest revocation that the caller knows of. */
  readonly after: number;
  onRevocation(revocation: Revocation): void;
  /** The database could not be read for 30 s. */
  onLost(): void;
  /** It can be read again; all revocations of the time between were given to `onRevocation` before. */
  onBack(): void;
};

const tickMs = 200;

/**
 * Tells every revocation once and in order, however it came about: by this process, by a command on the same SQLite
 * file (its `data_version` moves), by another node (NOTIFY calls `look`; a poll finds what NOTIFY lost).
 */
export function watchRevocations(options: Options): RevocationWatch {
  const { store, clock, log, onRevocation, onLost, onBack } = options;
  const pollMs = store.postgres ? postgresPollMs : sqlitePollMs;
  let last = options.after;
  let version: number | undefined;
  let contactAt = clock.monotonicMs();
  let polledAt = Number.NEGATIVE_INFINITY;
  let reading = false;
  let wanted = true;
  let again = false;
  let lost = false;
  let timer: Timer | undefined;

  async function read(): Promise<void> {
    const seen = await store.foreignVersion();
    if (wanted || seen === undefined || seen !== version) {
      wanted = false;
      for (let page = await revocationsAfter(store.db, last); page.length > 0; ) {
        for (const revocation of page) {
          last = revocation.seq;
          onRevocation(revocation);
        }
        page = await revocationsAfter(store.db, last);
      }
    }
    version = seen;
    contactAt = clock.monotonicMs();
    if (!lost) return;
    lost = false;
    onBack();
  }

  function poll(): void {
    if (reading) {
      again = wanted;
      return;
    }
    reading = true;
    polledAt = clock.monotonicMs();
    read()
      .catch((error) => {
        wanted = true;
        if (timer) log.warn('database-unreadable-1', { error });
      })
      .finally(() => {
        reading = false;
        const more = again && timer !== undefined;
        again = false;
        if (more) poll();
      });
  }

  function tick(): void {
    const now = clock.monotonicMs();
    if (!lost && now - contactAt >= withoutDatabaseMs) {
      lost = true;
      onLost();
    }
    if (now - polledAt >= pollMs) poll();
    timer = clock.after(tickMs, tick);
  }

  tick();
  return {
    look(): void {
      wanted = true;
      poll();
    },
    stop(): void {
      timer?.cancel();
      timer = undefined;
    },
  };
}
