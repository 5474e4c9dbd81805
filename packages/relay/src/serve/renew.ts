import type { X509Certificate } from 'node:crypto';
import { fail } from '@sallyport/protocol/errors';
import { audit } from '../audit/index.ts';
import type { Caller } from '../gate/index.ts';
import type { Node } from './context.ts';

/**
 * A new certificate for the same key, which the handshake proved; under the same name, with new dates.
 *
 * @returns PEM
 */
export async function renew(
  caller: Caller,
  shown: X509Certificate | undefined,
  { store, issuer, clock }: Node,
): Promise<string> {
  if (caller.role === 'nobody' || !shown) throw fail('identity-required');
  const now = clock.wallMs();
  const spki = shown.publicKey.export({ type: 'spki', format: 'der' });
  const until = caller.role === 'representative' ? caller.endsAt : null;
  const { certificate, endsAt } = await issuer.issue(caller.role, caller.id, spki, now, until);
  await store.db.transaction().execute(async (writes) => {
    if (caller.role === 'device') {
      await writes
        .updateTable('devices')
        .set({ certificate_ends_at: endsAt })
        .where('id', '=', caller.id)
        .execute();
    } else {
      await writes
        .updateTable('representatives')
        .set({ certificate_ends_at: endsAt, renewed_at: now })
        .where('id', '=', caller.id)
        .where('key_sha256', '=', caller.peer.keySha256)
        .execute();
    }
    await audit(writes, {
      at: now,
      event: caller.role === 'device' ? 'device-renewed-1' : 'representative-renewed-1',
      actor: `${caller.role}/${caller.id}`,
      subject: `${caller.role}/${caller.id}`,
      details: { endsAt },
    });
  });
  return certificate;
}
