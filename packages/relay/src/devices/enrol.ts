import type { Random } from '@sallyport/protocol/environment';
import { fail } from '@sallyport/protocol/errors';
import { audit } from '../audit/index.ts';
import type { Issuer } from '../authority/index.ts';
import { joinAgainMs } from '../limits.ts';
import { isConflict, type Store, type Writes } from '../store/index.ts';
import { findToken, requireUsable, spendToken } from '../tokens/index.ts';
import { makeDeviceId } from './ids.ts';

export type Joined = { readonly id: string; readonly certificate: string };
type Context = {
  readonly store: Store;
  readonly issuer: Issuer;
  readonly now: number;
  readonly random: Random;
};

/**
 * Enrols a device: one use of the token, one new device, one certificate; all or nothing. The same key may ask again
 * with the same token for an hour and gets the same id, since the first answer may have been lost on its way.
 *
 * @throws token-unknown, token-spent, token-ended, request-invalid
 */
export async function enrolDevice(
  request: { readonly secret: string; readonly request: string; readonly name?: string | undefined },
  { store, issuer, now, random }: Context,
): Promise<Joined> {
  const token = await findToken(store.db, 'device', request.secret);
  const key = await issuer.readRequest(request.request);
  const again = await store.db
    .selectFrom('devices')
    .selectAll()
    .where('key_sha256', '=', key.sha256)
    .executeTakeFirst();
  if (again) {
    const lately = again.token === token.id && again.enrolled_at > now - joinAgainMs;
    if (!lately || again.removed_at !== null) throw fail('token-spent');
    const { certificate } = await issuer.issue('device', again.id, key.spki, now);
    return { id: again.id, certificate };
  }
  requireUsable(token, now);
  const id = makeDeviceId(random);
  const { certificate, endsAt } = await issuer.issue('device', id, key.spki, now);
  try {
    await store.db.transaction().execute(async (writes: Writes) => {
      await spendToken(writes, token, now);
      await writes
        .insertInto('devices')
        .values({
          id,
          name: request.name ?? '',
          key_sha256: key.sha256,
          token: token.id,
          enrolled_at: now,
          certificate_ends_at: endsAt,
        })
        .execute();
      await audit(writes, {
        at: now,
        event: 'device-enrolled-1',
        actor: `token/${token.id}`,
        subject: `device/${id}`,
        details: { name: request.name ?? '', key: key.sha256 },
      });
    });
  } catch (error) {
    // The same request twice at the same time: one of the two has enrolled the key.
    if (isConflict(error)) throw fail('token-spent');
    throw error;
  }
  return { id, certificate };
}
