import type { X509Certificate } from 'node:crypto';
import { printable } from '../text/index.ts';
import { type Authority, checkCurve, extensionsOf, parseCertificate } from './authority.ts';
import { certificateSha256, keySha256 } from './fingerprint.ts';
import { idPatterns, type Role, subjectName } from './names.ts';
import { untrusted } from './untrusted.ts';

/** Who the other side proved to be. */
export type PeerIdentity = {
  readonly role: Role;
  readonly id: string;
  /** SHA-256 of the public key (SPKI), hex: what a pin and a revocation name. It outlives the certificate. */
  readonly keySha256: string;
  /** SHA-256 of the certificate (DER), hex. */
  readonly certificateSha256: string;
  /** Milliseconds since 1970. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** Past its end, but within the grace that the caller asked for. False if the dates were left out. */
  readonly expired: boolean;
};

export type VerifyOptions = {
  /** How long after its end a certificate is still taken, with `expired` set. In milliseconds. */
  readonly graceMs?: number;
};

const serverAuth = '1.3.6.1.5.5.7.3.1';
const clientAuth = '1.3.6.1.5.5.7.3.2';

/** The extended key usages of each role: all of these, and no other. */
export const keyPurposes: { readonly [role in Role]: readonly string[] } = {
  relay: [serverAuth],
  device: [clientAuth, serverAuth],
  representative: [clientAuth],
};

/**
 * Judges the certificate that the other side of a TLS handshake showed (design, section 3). That it also has the key is
 * proved by the handshake itself. The dates come last, so that "expired" is only ever said of a certificate that is
 * otherwise ours.
 *
 * @param leaf DER
 * @param now milliseconds since 1970 by the clock rule; null leaves out the dates, and only the dates
 * @throws peer-untrusted with the detail `check`, the rule that was broken, and `reason`, for people
 */
export function verifyPeer(
  leaf: Uint8Array,
  role: Role,
  now: number | null,
  authority: Authority,
  options: VerifyOptions = {},
): PeerIdentity {
  return verifyLeaf(leaf, role, now, authority[role], options);
}

/** The same against one intermediate, for the first contact, when a client has no more of the authority. */
export function verifyLeaf(
  leaf: Uint8Array,
  role: Role,
  now: number | null,
  issuer: X509Certificate,
  options: VerifyOptions = {},
): PeerIdentity {
  const certificate = parseCertificate(leaf);
  if (!certificate.checkIssued(issuer) || !certificate.verify(issuer.publicKey)) {
    throw untrusted('issuer', `it was issued by ${issuerOf(certificate)}, not by our ${role} authority`);
  }
  checkCurve(certificate, 'the certificate');
  const extensions = extensionsOf(certificate);
  if (extensions.isCa || certificate.ca) throw untrusted('ca', 'it is an authority itself');
  if (!extensions.keyUsage?.digitalSignature || extensions.keyUsage.others) {
    throw untrusted('key-usage', 'its key is for other uses');
  }
  if (extensions.extendedKeyUsage.toSorted().join() !== keyPurposes[role].toSorted().join()) {
    throw untrusted('extended-key-usage', `it is not for the uses of a ${role}`);
  }
  const id = readName(extensions.names, role);
  const notBefore = certificate.validFromDate.getTime();
  const notAfter = certificate.validToDate.getTime();
  const expired = checkDates({ notBefore, notAfter, issuerEnds: issuer.validToDate.getTime() }, now, options);
  return {
    role,
    id,
    keySha256: keySha256(certificate.publicKey),
    certificateSha256: certificateSha256(certificate),
    notBefore,
    notAfter,
    expired,
  };
}

/** Exactly one subject alternative name, `URI:sallyport:ROLE/ID`. */
function readName(names: readonly (string | undefined)[], role: Role): string {
  const [name] = names;
  const prefix = subjectName(role, '');
  if (names.length !== 1) throw untrusted('name', `it has ${names.length} names instead of one`);
  if (!name?.startsWith(prefix)) throw untrusted('name', `it does not name a ${role}`);
  const id = name.slice(prefix.length);
  if (!idPatterns[role].test(id)) throw untrusted('name', `it does not name a ${role}`);
  return id;
}

/** True if the end has passed but the grace has not. */
function checkDates(
  dates: { notBefore: number; notAfter: number; issuerEnds: number },
  now: number | null,
  options: VerifyOptions,
): boolean {
  if (now === null) return false;
  if (!Number.isFinite(now)) throw untrusted('not-yet-valid', 'there is no time to judge its dates by');
  if (now < dates.notBefore)
    throw untrusted('not-yet-valid', `it is valid only from ${iso(dates.notBefore)}`);
  if (now > dates.issuerEnds) throw untrusted('expired', `its authority ran out on ${iso(dates.issuerEnds)}`);
  if (now <= dates.notAfter) return false;
  if (now <= dates.notAfter + (options.graceMs ?? 0)) return true;
  throw untrusted('expired', `it ran out on ${iso(dates.notAfter)}`);
}

const iso = (ms: number): string => (Number.isFinite(ms) ? new Date(ms).toISOString() : 'an unknown day');

/** The issuer's name in one line, such as "CN=R11, O=Let's Encrypt". It is foreign text. */
function issuerOf(certificate: X509Certificate): string {
  return `"${printable((certificate.issuer ?? '').trim().split('\n').reverse().join(', '), 120)}"`;
}
