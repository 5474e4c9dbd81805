import { revokedTold, revokedToldMs } from '../limits.ts';
import type { Queries, RevocationTable, Writes } from '../store/index.ts';

export type Revocation = RevocationTable;

const pageSize = 500;

/**
 * Numbers a revocation and stores it. Numbers have no gaps and their order is that of the commits, so a node that read
 * up to number n knows all below n.
 */
export async function recordRevocation(
  writes: Writes,
  revocation: Omit<RevocationTable, 'seq'>,
): Promise<number> {
  const { seq } = await writes
    .updateTable('chains')
    .set((e) => ({ seq: e('seq', '+', 1) }))
    .where('name', '=', 'revocations')
    .returning('seq')
    .executeTakeFirstOrThrow();
  await writes
    .insertInto('revocations')
    .values({ ...revocation, seq })
    .execute();
  return seq;
}

/** The number of the newest revocation. */
export async function lastRevocation(queries: Queries): Promise<number> {
  const { seq } = await queries
    .selectFrom('chains')
    .select('seq')
    .where('name', '=', 'revocations')
    .executeTakeFirstOrThrow();
  return seq;
}

/** A page of the revocations after number `seq`, in order; an empty one when there are no more. */
export async function revocationsAfter(queries: Queries, seq: number): Promise<Revocation[]> {
  return queries
    .selectFrom('revocations')
    .selectAll()
    .where('seq', '>', seq)
    .orderBy('seq')
    .limit(pageSize)
    .execute();
}

/** Keys of representatives that a device is told not to let in: those whose certificates may not have run out yet. */
export async function revokedKeys(queries: Queries, now: number): Promise<string[]> {
  const rows = await queries
    .selectFrom('revocations')
    .select('key_sha256')
    .where('kind', '=', 'representative')
    .where('at', '>', now - revokedToldMs)
    .orderBy('seq', 'desc')
    .limit(revokedTold)
    .execute();
  return rows.map((row) => row.key_sha256);
}
