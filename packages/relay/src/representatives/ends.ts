import { audit } from '../audit/index.ts';
import type { Queries, Writes } from '../store/index.ts';
import { withdrawInvitations } from '../tokens/index.ts';
import { endKey } from './keys.ts';

/** Why a key ended whose representative was invited until a certain moment. */
export const timeIsOver = 'their time is over';

/** Whether the time of a representative is over who was not revoked yet. */
export async function someoneEnded(queries: Queries, now: number): Promise<boolean> {
  const found = await queries
    .selectFrom('representatives')
    .select('id')
    .where('ends_at', '<=', now)
    .where('revoked_at', 'is', null)
    .limit(1)
    .execute();
  return found.length > 0;
}

/**
 * Revokes every representative whose time is over, so that it takes the way of all revocations to nodes and devices. Of
 * several nodes one does it.
 *
 * @returns who they are
 */
export async function endRepresentatives(writes: Writes, now: number, actor: string): Promise<string[]> {
  const ended = await writes
    .updateTable('representatives')
    .set({ revoked_at: now, revoked_why: timeIsOver })
    .where('ends_at', '<=', now)
    .where('revoked_at', 'is', null)
    .returning(['id', 'key_sha256', 'ends_at'])
    .execute();
  for (const { id, key_sha256: key, ends_at: endsAt } of ended) {
    await withdrawInvitations(writes, id);
    if (key !== null) await endKey(writes, { representative: id, key, at: now, reason: timeIsOver });
    await audit(writes, {
      at: now,
      event: 'representative-ended-1',
      actor,
      subject: `representative/${id}`,
      details: { key, endsAt },
    });
  }
  return ended.map(({ id }) => id);
}
