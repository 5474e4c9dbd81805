import type { Random } from '@sallyport/protocol/environment';
import { audit } from '../audit/index.ts';
import { fail } from '../errors/index.ts';
import { recordRevocation } from '../revocations/revocations.ts';
import type { Queries, RepresentativeTable, Writes } from '../store/index.ts';
import { makeToken, withdrawInvitations } from '../tokens/index.ts';

export type Representative = RepresentativeTable;
export type Rank = RepresentativeTable['rank'];

type Act = { readonly now: number; readonly actor: string };
type Invitation = Act & { readonly random: Random; readonly endsAt: number };

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
  { now, actor, random, endsAt }: Invitation,
): Promise<string> {
  const known = await findRepresentative(writes, id);
  if (known?.revoked_at != null) throw fail('representative-revoked', { details: { representative: id } });
  if (known?.key_sha256 != null) throw fail('representative-exists', { details: { representative: id } });
  await writes
    .insertInto('representatives')
    .values({ id, rank, invited_at: now, computer: '', revoked_why: '' })
    .onConflict((conflict) => conflict.column('id').doUpdateSet({ rank, invited_at: now }))
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
    details: { rank, endsAt },
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
  await revokeKey(writes, known, now, reason);
  await audit(writes, {
    at: now,
    event: 'representative-revoked-1',
    actor,
    subject: `representative/${id}`,
    details: { reason },
  });
}

/**
 * Lets a representative begin anew, with another key: a lost computer, or a return after a revocation. The old key is
 * revoked; the invitation is for the same name.
 *
 * @returns the invitation's secret
 * @throws representative-unknown
 */
export async function resetRepresentative(
  writes: Writes,
  id: string,
  { now, actor, random, endsAt }: Invitation,
): Promise<string> {
  const known = await findRepresentative(writes, id);
  if (!known) throw fail('representative-unknown', { details: { representative: id } });
  if (known.revoked_at === null) await revokeKey(writes, known, now, 'reset');
  await writes
    .updateTable('representatives')
    .set({ key_sha256: null, token: null, revoked_at: null, revoked_why: '', invited_at: now })
    .where('id', '=', id)
    .execute();
  await withdrawInvitations(writes, id);
  const { secret } = await makeToken(
    writes,
    { kind: 'representative', subject: id, uses: 1, endsAt },
    { random, now },
  );
  await audit(writes, { at: now, event: 'representative-reset-1', actor, subject: `representative/${id}` });
  return secret;
}

async function revokeKey(writes: Writes, known: Representative, now: number, reason: string): Promise<void> {
  if (known.key_sha256 === null) return;
  await recordRevocation(writes, {
    kind: 'representative',
    subject: known.id,
    key_sha256: known.key_sha256,
    reason,
    at: now,
  });
}
