import { recordRevocation } from '../revocations/revocations.ts';
import type { Queries, RepresentativeKeyTable, Writes } from '../store/index.ts';

export type RepresentativeKey = RepresentativeKeyTable;

/** Every key that these representatives ever had, the newest first; of all representatives without `representative`. */
export async function keysOf(queries: Queries, representative?: string): Promise<RepresentativeKey[]> {
  let keys = queries.selectFrom('representative_keys').selectAll();
  if (representative !== undefined) keys = keys.where('representative', '=', representative);
  return (await keys.execute()).sort(
    (one, other) => (other.since ?? other.ended_at ?? 0) - (one.since ?? one.ended_at ?? 0),
  );
}

/** A key begins: it was certified at a login. */
export async function beginKey(
  writes: Writes,
  key: { representative: string; key_sha256: string; computer: string; since: number },
): Promise<void> {
  await writes
    .insertInto('representative_keys')
    .values({ ...key, ended_why: '' })
    .onConflict((conflict) => conflict.column('key_sha256').doUpdateSet(key))
    .execute();
}

/** A key ends for good: it is revoked, and told to nodes and devices. */
export async function endKey(
  writes: Writes,
  { representative, key, at, reason }: { representative: string; key: string; at: number; reason: string },
): Promise<void> {
  await writes
    .updateTable('representative_keys')
    .set({ ended_at: at, ended_why: reason })
    .where('key_sha256', '=', key)
    .where('ended_at', 'is', null)
    .execute();
  await recordRevocation(writes, {
    kind: 'representative',
    subject: representative,
    key_sha256: key,
    reason,
    at,
  });
}
