import { fail } from '@sallyport/protocol/errors';
import { audit } from '../audit/index.ts';
import type { Issuer } from '../authority/index.ts';
import { joinAgainMs } from '../limits.ts';
import { isConflict, type Store, type Writes } from '../store/index.ts';
import { findToken, requireUsable, spendToken } from '../tokens/index.ts';
import { beginKey } from './keys.ts';
import { findRepresentative } from './representatives.ts';

type Context = { readonly store: Store; readonly issuer: Issuer; readonly now: number };

/**
 * Logs a representative in by their invitation: it is spent, their key is known from now on, and they get a certificate.
 * A key that was revoked once is never taken again. The same key may ask again for an hour, as a device may.
 *
 * @throws token-unknown, token-spent, token-ended, request-invalid, identity-revoked
 */
export async function logIn(
  request: { readonly secret: string; readonly request: string; readonly name?: string | undefined },
  { store, issuer, now }: Context,
): Promise<{ id: string; certificate: string }> {
  const token = await findToken(store.db, 'representative', request.secret);
  const key = await issuer.readRequest(request.request);
  const id = token.subject;
  const known = await findRepresentative(store.db, id);
  if (!known || known.revoked_at !== null || (known.ends_at ?? now + 1) <= now)
    throw fail('identity-revoked');
  const { certificate, endsAt } = await issuer.issue('representative', id, key.spki, now, known.ends_at);
  const again = known.key_sha256 === key.sha256 && known.token === token.id;
  if (again && (known.logged_in_at ?? 0) > now - joinAgainMs) return { id, certificate };
  requireUsable(token, now);
  try {
    await store.db.transaction().execute(async (writes: Writes) => {
      await spendToken(writes, token, now);
      await refuseRevokedKey(writes, key.sha256);
      const { numUpdatedRows } = await writes
        .updateTable('representatives')
        .set({
          key_sha256: key.sha256,
          token: token.id,
          computer: request.name ?? '',
          logged_in_at: now,
          certificate_ends_at: endsAt,
          renewed_at: null,
          seen_at: now,
        })
        .where('id', '=', id)
        .where('revoked_at', 'is', null)
        .executeTakeFirst();
      if (numUpdatedRows !== 1n) throw fail('identity-revoked');
      await beginKey(writes, {
        representative: id,
        key_sha256: key.sha256,
        computer: request.name ?? '',
        since: now,
      });
      await audit(writes, {
        at: now,
        event: 'representative-logged-in-1',
        actor: `representative/${id}`,
        subject: `representative/${id}`,
        details: { computer: request.name ?? '', key: key.sha256 },
      });
    });
  } catch (error) {
    if (isConflict(error)) throw fail('token-spent');
    throw error;
  }
  return { id, certificate };
}

async function refuseRevokedKey(writes: Writes, keySha256: string): Promise<void> {
  const revoked = await writes
    .selectFrom('revocations')
    .select('seq')
    .where('key_sha256', '=', keySha256)
    .executeTakeFirst();
  if (revoked) throw fail('identity-revoked');
}
