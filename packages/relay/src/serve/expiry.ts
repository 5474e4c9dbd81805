import type { GrantId } from '@sallyport/protocol/grant';
import { closeExpired } from '../grants/index.ts';
import { expiredAtOnce, expiryCheckMs } from '../limits.ts';
import type { Node } from './context.ts';
import { every } from './every.ts';

export type Expiry = {
  /** Looks now: a grant of this node has come to its end. */
  look(): void;
  stop(): void;
};

/** Closes in the database the grants whose time is over, also those whose device has gone, and tells all nodes. */
export function watchExpiry({ store, clock, bus, log, host, state }: Node): Expiry {
  let looking = false;
  const look = (): void => {
    if (looking || state.databaseLost || state.stopped) return;
    looking = true;
    let more = false;
    store.db
      .transaction()
      .execute((writes) => closeExpired(writes, clock.wallMs(), `node/${host}`))
      .then((closed) => {
        for (const { id } of closed) bus.publish({ kind: 'grant', grant: id as GrantId });
        more = closed.length === expiredAtOnce;
      })
      .catch((error) => log.warn('expiry-failed-1', { error }))
      .finally(() => {
        looking = false;
        if (more) look();
      });
  };
  const stop = every(clock, expiryCheckMs, look);
  look();
  return { look, stop };
}
