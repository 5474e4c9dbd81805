import { fail } from '@sallyport/protocol/errors';
import { nodeGoneMs } from '../limits.ts';
import type { Queries, Writes } from '../store/index.ts';

/**
 * Makes this tunnel the device's newest, and gives its epoch. Counted in the database, so it goes on over restarts and
 * across nodes. Locks the device's row: one that is being removed gets no tunnel and no grant.
 *
 * @throws identity-revoked
 */
export async function claimTunnel(
  writes: Writes,
  { device, node, now }: { device: string; node: string; now: number },
): Promise<number> {
  const { numUpdatedRows } = await writes
    .updateTable('devices')
    .set({ seen_at: now })
    .where('id', '=', device)
    .where('removed_at', 'is', null)
    .executeTakeFirst();
  if (numUpdatedRows !== 1n) throw fail('identity-revoked');
  const { epoch } = await writes
    .insertInto('tunnels')
    .values({ device, epoch: 1, node, since: now })
    .onConflict((conflict) =>
      conflict.column('device').doUpdateSet((e) => ({ epoch: e('tunnels.epoch', '+', 1), node, since: now })),
    )
    .returning('epoch')
    .executeTakeFirstOrThrow();
  return epoch;
}

/** The tunnel has ended. One that is no longer the newest changes nothing. */
export async function releaseTunnel(
  queries: Queries,
  { device, epoch }: { device: string; epoch: number },
): Promise<void> {
  await queries
    .updateTable('tunnels')
    .set({ node: null })
    .where('device', '=', device)
    .where('epoch', '=', epoch)
    .execute();
}

/** The node that holds the device's tunnel, if it lives. */
export async function nodeOfTunnel(
  queries: Queries,
  device: string,
  now: number,
): Promise<string | undefined> {
  const row = await queries
    .selectFrom('tunnels')
    .innerJoin('nodes', 'nodes.host', 'tunnels.node')
    .select('nodes.host')
    .where('tunnels.device', '=', device)
    .where('nodes.seen_at', '>', now - nodeGoneMs)
    .executeTakeFirst();
  return row?.host;
}

/** Epochs of the newest tunnels of these devices. */
export async function newestEpochs(
  queries: Queries,
  devices: readonly string[],
): Promise<Map<string, number>> {
  if (devices.length === 0) return new Map();
  const rows = await queries
    .selectFrom('tunnels')
    .select(['device', 'epoch'])
    .where('device', 'in', devices)
    .execute();
  return new Map(rows.map((row) => [row.device, row.epoch]));
}
