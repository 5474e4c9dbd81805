import { sign, verify, type X509Certificate } from 'node:crypto';

/** Who signs, and what: a signature of one kind is worth nothing as the other. */
export type Signed = 'device' | 'representative';

/** ECDSA on P-256 with SHA-256, DER, over this line and the text. */
const bytesOf = (by: Signed, text: string): Buffer =>
  Buffer.from(`sallyport receipt 1 ${by}\n${text}`, 'utf8');

/** @param key private, PEM. @returns base64 */
export const signText = (by: Signed, text: string, key: string): string =>
  sign('sha256', bytesOf(by, text), key).toString('base64');

export function isSignedBy(
  by: Signed,
  text: string,
  signature: string,
  certificate: X509Certificate,
): boolean {
  try {
    const bytes = Buffer.from(signature, 'base64');
    // One signature has one text.
    if (bytes.toString('base64') !== signature) return false;
    return verify('sha256', bytesOf(by, text), certificate.publicKey, bytes);
  } catch {
    return false; // Not even the form of a signature.
  }
}
