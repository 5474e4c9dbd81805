import { renewalAnswerSchema, renewalGraceMs } from '@sallyport/protocol/enrolment';
import { fail, SallyportError } from '@sallyport/protocol/errors';
import { askRelay, type Caller } from '../relay/index.ts';
import { readPublicIdentity, writeIdentity } from './file.ts';
import { type Identity, makeIdentity } from './identity.ts';

/** Whether it is time: less than half of the validity is left. */
export function isDue(identity: Pick<Identity, 'notBefore' | 'notAfter'>, wallMs: number): boolean {
  return identity.notAfter - wallMs < (identity.notAfter - identity.notBefore) / 2;
}

/**
 * The identity with a certificate that is good now: the one at hand, or, when less than half of its validity is left, a
 * new one for the same key. While the old one is still good, a relay that cannot be reached is no failure.
 *
 * @throws certificate-expired if it ran out more than 30 days ago; identity-revoked; peer-untrusted; what reaching the relay throws
 */
export async function freshIdentity(caller: Caller): Promise<Identity> {
  const { identity, clock } = caller;
  const now = clock.wallMs();
  if (!isDue(identity, now)) return identity;
  if (now > identity.notAfter + renewalGraceMs) throw fail('certificate-expired', { leg: 'this-computer' });
  try {
    return await renew(caller);
  } catch (error) {
    const stillGood = now < identity.notAfter;
    if (stillGood && error instanceof SallyportError && error.row.exit !== 3) return identity;
    throw error;
  }
}

async function renew(caller: Caller): Promise<Identity> {
  const { data, identity, clock } = caller;
  // Another program may have renewed it meanwhile; of several at once each gets a good one, and the last is kept.
  const kept = keptOf(data, identity);
  if (kept && !isDue(kept, clock.wallMs())) return kept;
  const answer = await askRelay(caller, {
    method: 'POST',
    path: '/v1/renewals',
    body: { v: 1 },
    answer: renewalAnswerSchema,
  });
  const renewed = withCertificate(identity, answer.certificate);
  // The file as it is now: its passphrase may have been changed, or another login has taken its place.
  const now = keptOf(data, identity);
  if (now) writeIdentity(data, { ...now.file, certificate: answer.certificate });
  return renewed;
}

/** What the data folder has of this identity, with the key that is open already; undefined if it is another one's. */
function keptOf(data: string, { key, tls }: Identity): Identity | undefined {
  const { file, key: kept } = readPublicIdentity(data);
  return kept === key ? makeIdentity(file, tls.key) : undefined;
}

/** @throws peer-untrusted if it is not for our key, our name and of our authority: then ours stays as it is */
function withCertificate({ file, tls }: Identity, certificate: string): Identity {
  try {
    return makeIdentity({ ...file, certificate }, tls.key);
  } catch (cause) {
    const reason = 'it answered with a certificate that is not for us';
    throw fail('peer-untrusted', { details: { reason }, cause, leg: 'relay' });
  }
}
