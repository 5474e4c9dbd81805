import { renewalGraceMs } from '@sallyport/protocol/enrolment';
import { fail } from '@sallyport/protocol/errors';
import type { PeerIdentity } from '@sallyport/protocol/identity';
import type { Queries } from '../store/index.ts';
import type { Route } from './routes.ts';

/** Who asks, after the gate. */
export type Caller =
  | { readonly role: 'nobody' }
  | { readonly role: 'device'; readonly id: string; readonly peer: PeerIdentity }
  | {
      readonly role: 'representative';
      readonly id: string;
      readonly rank: 'support' | 'admin';
      /** From when on they may not come any more, milliseconds since 1970. */
      readonly endsAt: number | null;
      readonly peer: PeerIdentity;
    };
export type RepresentativeCaller = Extract<Caller, { role: 'representative' }>;

/**
 * Lets a request in, or not. Asked anew for every request, also on a connection that stands for days: dates, revocation
 * and removal are looked up now, not at the handshake. The certificate's issuer and form were judged by `verifyPeer`.
 *
 * @param route undefined if there is none for the request
 * @param peer who proved to be there; undefined without a certificate
 * @throws identity-required, not-found, role-refused, certificate-expired, peer-untrusted, identity-revoked
 */
export async function admit(
  route: Route | undefined,
  peer: PeerIdentity | undefined,
  { queries, now }: { queries: Queries; now: number },
): Promise<Caller> {
  if (route?.who === 'anyone') return { role: 'nobody' };
  if (!peer) throw fail('identity-required');
  if (!route) throw fail('not-found');
  const { role } = peer;
  if (role === 'relay' || !route.who.includes(role)) throw fail('role-refused', { details: { role } });
  checkDates(route, peer, now);
  return role === 'device' ? admitDevice(peer, queries) : admitRepresentative(peer, queries, now);
}

function checkDates(route: Route, peer: PeerIdentity, now: number): void {
  if (now < peer.notBefore) {
    throw fail('peer-untrusted', { details: { check: 'not-yet-valid', reason: 'it is not valid yet' } });
  }
  const graceMs = route.expired ? renewalGraceMs : 0;
  if (now > peer.notAfter + graceMs) throw fail('certificate-expired');
}

async function admitDevice(peer: PeerIdentity, queries: Queries): Promise<Caller> {
  const device = await queries
    .selectFrom('devices')
    .select(['key_sha256', 'removed_at'])
    .where('id', '=', peer.id)
    .executeTakeFirst();
  if (!device || device.removed_at !== null || device.key_sha256 !== peer.keySha256)
    throw fail('identity-revoked');
  return { role: 'device', id: peer.id, peer };
}

async function admitRepresentative(peer: PeerIdentity, queries: Queries, now: number): Promise<Caller> {
  const known = await queries
    .selectFrom('representatives')
    .select(['key_sha256', 'revoked_at', 'ends_at', 'rank'])
    .where('id', '=', peer.id)
    .executeTakeFirst();
  if (!known || known.revoked_at !== null || known.key_sha256 !== peer.keySha256)
    throw fail('identity-revoked');
  if (known.ends_at !== null && known.ends_at <= now) throw fail('identity-revoked');
  return { role: 'representative', id: peer.id, rank: known.rank, endsAt: known.ends_at, peer };
}
