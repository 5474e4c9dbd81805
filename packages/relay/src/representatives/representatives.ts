import type { Random } from '@sallyport/protocol/environment';
import { audit } from '../audit/index.ts';
import { fail } from '../errors/index.ts';
import type { Queries, RepresentativeTable, Writes } from '../store/index.ts';
import { makeToken, withdrawInvitations } from '../tokens/index.ts';
import { endKey } from './keys.ts';

export type Representative = RepresentativeTable;
export type Rank = RepresentativeTable['rank'];

type Act = { readonly now: number; readonly actor: string };
type Invitation = Act & {
  readonly random: Random;
  /** The invitation's own end. */
  readonly endsAt: number;
  /** From when on the representative may not come any more; null for no end. Left as it was without it. */
  readonly until?: number | null | undefined;
};

export async function findRepresentative(queries: Queries, id: string): Promise<Representative | undefined> {
  return queries.selectFrom('representatives').selectAll().where('id', '=', id).executeTakeFirst();
}

export async function listRepresentatives(queries: Queries): Promise<Representative[]> {
  return queries.selectFrom('representatives').selectAll().orderBy('id').execute();
}

/**
 * Invites a new representative, or again one who has not logged in yet; earlier invitations of theirs end.
 *
 * @returns the invitation's secret
 * @throws representative-exists, representative-revoked
 */
export async function inviteRepresentative(
  writes: Writes,
  { id, rank }: { id: string; rank: Rank },
  { now, actor, random, endsAt, until }: Invitation,
): Promise<string> {
  const known = await findRepresentative(writes, id);
  if (known?.revoked_at != null) throw fail('representative-revoked', { details: { representative: id } });
  if (known?.key_sha256 != null) throw fail('representative-exists', { details: { representative: id } });
  await writes
    .insertInto('representatives')
    .values({ id, rank, invited_at: now, ends_at: until ?? null, computer: '', revoked_why: '' })
    .onConflict((conflict) => conflict.column('id').doUpdateSet({ rank, invited_at: now, ...endOf(until) }))
    .execute();
  await withdrawInvitations(writes, id);
  const { secret } = await makeToken(
    writes,
    { kind: 'representative', subject: id, uses: 1, endsAt },
    { random, now },
  );
  await audit(writes, {
    at: now,
    event: 'representative-invited-1',
    actor,
    subject: `representative/${id}`,
    details: { rank, endsAt, until: until ?? null },
  });
  return secret;
}

/**
 * Revokes a representative: their key enters nowhere from now on, what is live is cut by the nodes, devices are told.
 *
 * @throws representative-unknown
 */
export async function revokeRepresentative(
  writes: Writes,
  id: string,
  { now, actor, reason }: Act & { reason: string },
): Promise<void> {
  const known = await findRepresentative(writes, id);
  if (!known) throw fail('representative-unknown', { details: { representative: id } });
  await writes
    .updateTable('representatives')
    .set({ revoked_at: known.revoked_at ?? now, revoked_why: reason })
    .where('id', '=', id)
    .execute();
  await withdrawInvitations(writes, id);
  const key = await endCurrentKey(writes, known, now, reason);
  await audit(writes, {
    at: now,
    event: 'representative-revoked-1',
    actor,
    subject: `representative/${id}`,
    details: { reason, key },
  });
}

/**
 * Lets a representative begin anew, with another key: a lost computer, or a return after a revocation. The old key is
 * revoked; the invitation is for the same name.
 *
 * @returns the invitation's secret
 * @throws representative-unknown, representative-over if their time is over and no other is given
 */
export async function resetRepresentative(
  writes: Writes,
  id: string,
  { now, actor, random, endsAt, until }: Invitation,
): Promise<string> {
  const known = await findRepresentative(writes, id);
  if (!known) throw fail('representative-unknown', { details: { representative: id } });
  const end = until === undefined ? known.ends_at : until;
  if (end !== null && end <= now) throw fail('representative-over', { details: { representative: id } });
  const key = known.revoked_at === null ? await endCurrentKey(writes, known, now, 'reset') : known.key_sha256;
  await writes
    .updateTable('representatives')
    .set({
      key_sha256: null,
      token: null,
      revoked_at: null,
      revoked_why: '',
      invited_at: now,
      renewed_at: null,
      certificate_ends_at: null,
      ends_at: end,
    })
    .where('id', '=', id)
    .execute();
  await withdrawInvitations(writes, id);
  const { secret } = await makeToken(
    writes,
    { kind: 'representative', subject: id, uses: 1, endsAt },
    { random, now },
  );
  await audit(writes, {
    at: now,
    event: 'representative-reset-1',
    actor,
    subject: `representative/${id}`,
    details: { key, endsAt, until: end },
  });
  return secret;
}

/** @returns the key that ended; null if there was none */
async function endCurrentKey(
  writes: Writes,
  { id, key_sha256: key }: Representative,
  at: number,
  reason: string,
): Promise<string | null> {
  if (key !== null) await endKey(writes, { representative: id, key, at, reason });
  return key;
}

const endOf = (until: number | null | undefined): { ends_at?: number | null } =>
  until === undefined ? {} : { ends_at: until };
