import {
  createHash,
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  type X509Certificate,
} from 'node:crypto';

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** SHA-256 of a certificate (DER), in lower-case hex. */
export function certificateSha256(certificate: Uint8Array | X509Certificate): string {
  return sha256(certificate instanceof Uint8Array ? certificate : certificate.raw);
}

/** SHA-256 of a public key (SubjectPublicKeyInfo, DER), in lower-case hex: what pins and revocations name. */
export function keySha256(key: KeyObject): string {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  return sha256(publicKey.export({ type: 'spki', format: 'der' }));
}

/** The same for a private key in PEM (PKCS #8): how a program names itself. */
export function keySha256OfPem(privateKeyPem: string): string {
  return keySha256(createPrivateKey(privateKeyPem));
}
