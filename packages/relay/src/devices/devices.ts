import { audit } from '../audit/index.ts';
import { fail } from '../errors/index.ts';
import { closeGrantsOf } from '../grants/index.ts';
import { nodeGoneMs } from '../limits.ts';
import { recordRevocation } from '../revocations/revocations.ts';
import type { DeviceTable, Queries, Writes } from '../store/index.ts';

export type Device = DeviceTable;

/** The device with this id, removed or not. */
export async function findDevice(queries: Queries, id: string): Promise<Device | undefined> {
  return queries.selectFrom('devices').selectAll().where('id', '=', id).executeTakeFirst();
}

/** All devices, those that were enrolled last first. A device whose node has died is not connected. */
export async function listDevices(
  queries: Queries,
  now: number,
): Promise<(Device & { connected: boolean })[]> {
  const rows = await queries
    .selectFrom('devices')
    .leftJoin('tunnels', 'tunnels.device', 'devices.id')
    .leftJoin('nodes', 'nodes.host', 'tunnels.node')
    .selectAll('devices')
    .select('nodes.seen_at as node_seen_at')
    .orderBy('enrolled_at', 'desc')
    .execute();
  return rows.map(({ node_seen_at, ...device }) => ({
    ...device,
    connected: device.removed_at === null && node_seen_at !== null && node_seen_at > now - nodeGoneMs,
  }));
}

/**
 * Removes a device: its certificate is worth nothing from now on, its grants are closed, its tunnel and splices are cut
 * by the nodes as soon as they read the revocation.
 *
 * @throws device-unknown
 */
export async function removeDevice(
  writes: Writes,
  id: string,
  { now, reason, actor }: { now: number; reason: string; actor: string },
): Promise<void> {
  const removed = await writes
    .updateTable('devices')
    .set({ removed_at: now })
    .where('id', '=', id)
    .where('removed_at', 'is', null)
    .returningAll()
    .executeTakeFirst();
  if (!removed) throw fail('device-unknown', { details: { device: id } });
  await recordRevocation(writes, {
    kind: 'device',
    subject: id,
    key_sha256: removed.key_sha256,
    reason,
    at: now,
  });
  await closeGrantsOf(writes, id, { now, why: 'removed', actor });
  await audit(writes, {
    at: now,
    event: 'device-removed-1',
    actor,
    subject: `device/${id}`,
    details: { reason },
  });
}
