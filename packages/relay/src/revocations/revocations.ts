import { revokedTold, revokedToldMs, revokedToldWhole } from '../limits.ts';
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

/** What a device is told on its tunnel of those who may not be let in: their certificates may not have run out yet. */
export type ToldRevocations = {
  readonly revoked: string[];
  /** The newest of them, with name and reason. */
  readonly revocations: { readonly key: string; readonly representative: string; readonly reason: string }[];
};

export async function revokedKeys(queries: Queries, now: number): Promise<ToldRevocations> {
  const rows = await queries
    .selectFrom('revocations')
    .select(['key_sha256', 'subject', 'reason'])
    .where('kind', '=', 'representative')
    .where('at', '>', now - revokedToldMs)
    .orderBy('seq', 'desc')
    .limit(revokedTold)
    .execute();
  return {
    revoked: rows.map((row) => row.key_sha256),
    revocations: rows.slice(0, revokedToldWhole).map(({ key_sha256: key, subject, reason }) => ({
      key,
      representative: subject,
      reason: reason.slice(0, 200),
    })),
  };
}
