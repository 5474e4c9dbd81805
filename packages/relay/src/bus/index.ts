import type { Clock, Log } from '@sallyport/protocol/environment';
import type { Store } from '../store/index.ts';
import type { Bus } from './events.ts';
import { localBus } from './local.ts';

export type { Bus, BusEvent, Declined, Knock } from './events.ts';
export { localBus } from './local.ts';

/** The bus that belongs to a store. */
export async function openBus(store: Store, { clock, log }: { clock: Clock; log: Log }): Promise<Bus> {
  if (!store.postgres) return localBus();
  const { postgresBus } = await import('./postgres.ts');
  return postgresBus({ ...store.postgres, clock, log });
}

/** A command's word to nodes that run: SQLite's poll their file, PostgreSQL's are notified. */
export async function notifyNodes(store: Store): Promise<void> {
  if (!store.postgres) return;
  await store.postgres.pool.query("select pg_notify('sallyport', $1)", [
    JSON.stringify({ kind: 'revocation' }),
  ]);
}
