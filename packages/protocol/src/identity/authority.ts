import { X509Certificate } from 'node:crypto';
import { DerError } from './der.ts';
import { readExtensions } from './extensions.ts';
import { certificateSha256 } from './fingerprint.ts';
import { type Role, roles } from './names.ts';
import { untrusted } from './untrusted.ts';

/** The pinned authority: one root, one intermediate for each role. Made by `parseAuthority` only. */
export type Authority = { readonly root: X509Certificate } & { readonly [role in Role]: X509Certificate };

/** The same as it is stored and sent: PEM each. */
export type AuthorityPems = { readonly root: string } & { readonly [role in Role]: string };

/** The largest certificate that is parsed, in bytes of DER. Ours have about 600. */
export const certificateCap = 8 * 1024;
const pemCap = 2 * certificateCap;

/** The URI that an intermediate carries, so that one of another role cannot stand in its place. */
export const authorityName = (role: Role): string => `sallyport:authority/${role}`;

/**
 * Parses and checks a whole authority. The root is trusted by the caller's pin or not at all: compare `rootSha256`.
 *
 * @throws peer-untrusted
 */
export function parseAuthority(pems: AuthorityPems): Authority {
  const root = parseRoot(pems.root);
  const [relay, device, representative] = roles.map((role) => parseIntermediate(pems[role], role, root));
  if (!relay || !device || !representative) throw untrusted('form', 'an intermediate is missing');
  return { root, relay, device, representative };
}

/** SHA-256 of the root certificate, in lower-case hex: what tokens and invitations carry. */
export const rootSha256 = (authority: { readonly root: X509Certificate }): string =>
  certificateSha256(authority.root);

/** A root: a CA that signed itself. @throws peer-untrusted */
export function parseRoot(certificate: string | Uint8Array): X509Certificate {
  const root = parseCertificate(certificate);
  checkCa(root, 'the root');
  if (!root.checkIssued(root) || !root.verify(root.publicKey))
    throw untrusted('issuer', 'the root did not sign itself');
  return root;
}

/** The intermediate of one role: signed by the root, for leaves only, named for that role. @throws peer-untrusted */
export function parseIntermediate(
  certificate: string | Uint8Array,
  role: Role,
  root: X509Certificate,
): X509Certificate {
  const what = `the ${role} intermediate`;
  const intermediate = parseCertificate(certificate);
  const extensions = checkCa(intermediate, what);
  if (!intermediate.checkIssued(root) || !intermediate.verify(root.publicKey)) {
    throw untrusted('issuer', `${what} is not signed by the root`);
  }
  if (extensions.pathLength !== 0) throw untrusted('ca', `${what} may make other authorities`);
  if (extensions.names.length !== 1 || extensions.names[0] !== authorityName(role)) {
    throw untrusted('name', `${what} has another name`);
  }
  return intermediate;
}

/** Parses PEM or DER behind a cap. @throws peer-untrusted */
export function parseCertificate(certificate: string | Uint8Array): X509Certificate {
  if (certificate.length > (typeof certificate === 'string' ? pemCap : certificateCap)) {
    throw untrusted('form', 'the certificate is too large');
  }
  try {
    return new X509Certificate(certificate);
  } catch (cause) {
    throw untrusted('form', 'it is not a certificate', cause);
  }
}

function checkCa(certificate: X509Certificate, what: string): ReturnType<typeof readExtensions> {
  const extensions = extensionsOf(certificate);
  if (!extensions.isCa || !extensions.keyUsage?.certSign)
    throw untrusted('ca', `${what} is not an authority`);
  checkCurve(certificate, what);
  return extensions;
}

/** @throws peer-untrusted if they cannot be read */
export function extensionsOf(certificate: X509Certificate): ReturnType<typeof readExtensions> {
  try {
    return readExtensions(certificate.raw);
  } catch (cause) {
    if (cause instanceof DerError)
      throw untrusted('form', `its extensions cannot be read: ${cause.message}`, cause);
    throw cause;
  }
}

/** Every key of ours is ECDSA on P-256. @throws peer-untrusted */
export function checkCurve(certificate: X509Certificate, what: string): void {
  let curve: string | undefined;
  try {
    const { asymmetricKeyType, asymmetricKeyDetails } = certificate.publicKey;
    curve = asymmetricKeyType === 'ec' ? asymmetricKeyDetails?.namedCurve : asymmetricKeyType;
  } catch (cause) {
    throw untrusted('key', `the key of ${what} cannot be read`, cause);
  }
  if (curve !== 'prime256v1') throw untrusted('key', `the key of ${what} is not on the curve P-256`);
}
