import type { Clock, Log, Timer } from '@sallyport/protocol/environment';
import { nodeBeatMs } from '../limits.ts';
import type { Queries, Store } from '../store/index.ts';

type Options = {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly host: string;
  readonly ports: readonly number[];
};

export type NodeEntry = { draining(): Promise<void>; stop(): Promise<void> };

/**
 * This node's row: who it is, its ports, and that it lives. What a node of the same name left behind when it was killed
 * is cleared first: no tunnel of its is there any more.
 */
export async function enterNode({ store, clock, log, host, ports }: Options): Promise<NodeEntry> {
  let timer: Timer | undefined;
  const now = clock.wallMs();
  const row = { ports: JSON.stringify(ports), started_at: now, seen_at: now, draining: 0 };
  await store.db.transaction().execute(async (writes) => {
    await writes.updateTable('tunnels').set({ node: null }).where('node', '=', host).execute();
    await writes
      .insertInto('nodes')
      .values({ host, ...row })
      .onConflict((conflict) => conflict.column('host').doUpdateSet(row))
      .execute();
  });

  const beat = (): void => {
    timer = clock.after(nodeBeatMs, () => {
      store.db
        .updateTable('nodes')
        .set({ seen_at: clock.wallMs() })
        .where('host', '=', host)
        .execute()
        .catch((error) => log.warn('node-beat-failed-1', { error }))
        .finally(() => timer && beat());
    });
  };
  beat();
  return {
    async draining(): Promise<void> {
      await store.db.updateTable('nodes').set({ draining: 1 }).where('host', '=', host).execute();
    },
    async stop(): Promise<void> {
      timer?.cancel();
      timer = undefined;
      await store.db.transaction().execute(async (writes) => {
        await writes.updateTable('tunnels').set({ node: null }).where('node', '=', host).execute();
        await writes.deleteFrom('nodes').where('host', '=', host).execute();
      });
    },
  };
}

export type NodeRow = { host: string; ports: number[]; startedAt: number; seenAt: number; draining: boolean };

export async function listNodes(queries: Queries): Promise<NodeRow[]> {
  const rows = await queries.selectFrom('nodes').selectAll().orderBy('host').execute();
  return rows.map((row) => ({
    host: row.host,
    ports: JSON.parse(row.ports) as number[],
    startedAt: row.started_at,
    seenAt: row.seen_at,
    draining: row.draining === 1,
  }));
}
