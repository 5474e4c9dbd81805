import type { GrantId } from '@sallyport/protocol/grant';
import { audit } from '../audit/index.ts';
import { expiredAtOnce, portRestMs } from '../limits.ts';
import type { GrantTable, Writes } from '../store/index.ts';

/** Why a grant is over at the relay. */
export type CloseReason = 'disabled' | 'expired' | 'replaced' | 'removed';
type Closing = { readonly now: number; readonly why: CloseReason; readonly actor: string };

/** Closes one open grant of a device; its number rests for 24 hours. False if it was closed already. */
export async function closeGrant(
  writes: Writes,
  { grant, device }: { grant: string; device: string },
  closing: Closing,
): Promise<boolean> {
  const closed = await writes
    .updateTable('grants')
    .set({ closed_at: closing.now, closed_why: closing.why })
    .where('id', '=', grant)
    .where('device', '=', device)
    .where('closed_at', 'is', null)
    .returningAll()
    .executeTakeFirst();
  if (!closed) return false;
  await afterClose(writes, closed, closing);
  return true;
}

/** Closes whatever grant of the device is open. */
export async function closeGrantsOf(writes: Writes, device: string, closing: Closing): Promise<GrantId[]> {
  const closed = await writes
    .updateTable('grants')
    .set({ closed_at: closing.now, closed_why: closing.why })
    .where('device', '=', device)
    .where('closed_at', 'is', null)
    .returningAll()
    .execute();
  for (const grant of closed) await afterClose(writes, grant, closing);
  return closed.map((grant) => grant.id as GrantId);
}

/**
 * Closes grants whose time is over, whoever holds their tunnel: those that ended first, `expiredAtOnce` of them at most,
 * so that no transaction grows with what a relay missed while it was off. As many as that: there may be more.
 */
export async function closeExpired(writes: Writes, now: number, actor: string): Promise<GrantTable[]> {
  const closed = await writes
    .updateTable('grants')
    .set({ closed_at: now, closed_why: 'expired' })
    .where('id', 'in', (e) =>
      e
        .selectFrom('grants')
        .select('id')
        .where('ends_at', '<=', now)
        .where('closed_at', 'is', null)
        .orderBy('ends_at')
        .limit(expiredAtOnce),
    )
    // Again, for the row itself: another node may have closed it meanwhile.
    .where('closed_at', 'is', null)
    .returningAll()
    .execute();
  for (const grant of closed) await afterClose(writes, grant, { now, why: 'expired', actor });
  return closed;
}

async function afterClose(writes: Writes, grant: GrantTable, { now, why, actor }: Closing): Promise<void> {
  await writes
    .updateTable('ports')
    .set({ free_from: Math.min(now, grant.ends_at) + portRestMs })
    .where('grant_id', '=', grant.id)
    .execute();
  await audit(writes, {
    at: now,
    event: 'grant-closed-1',
    actor,
    subject: `grant/${grant.id}`,
    details: { why, port: grant.port, device: grant.device },
  });
}
