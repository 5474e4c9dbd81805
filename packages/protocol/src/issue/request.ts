import { webcrypto } from 'node:crypto';
import { fail } from '../errors/protocol.ts';
import { SallyportError } from '../errors/table.ts';
import { keyAlgorithm, makeKeyPair, privateKeyToPem, publicKeyFromSpki, signingAlgorithm } from './keys.ts';
import { Pkcs10CertificateRequest, Pkcs10CertificateRequestGenerator } from './x509.ts';

const requestCap = 8 * 1024;

/** See `makeKeyAndRequest` in identity. */
export async function makeRequest(): Promise<{ key: string; request: string }> {
  const keys = await makeKeyPair();
  const request = await Pkcs10CertificateRequestGenerator.create({ keys, signingAlgorithm }, webcrypto);
  return { key: await privateKeyToPem(keys.privateKey), request: `${request.toString('pem')}\n` };
}

/**
 * Reads a request for a certificate and checks its signature, which proves that the sender has the key. All that is
 * taken from it is the public key.
 *
 * @returns the key as SubjectPublicKeyInfo, DER
 * @throws request-invalid
 */
export async function readRequest(requestPem: string): Promise<{ publicKeySpki: Uint8Array }> {
  const invalid = (reason: string, cause?: unknown): Error =>
    fail('request-invalid', { details: { reason }, cause });
  if (requestPem.length > requestCap) throw invalid('it is too large');
  if (!requestPem.includes('-----BEGIN CERTIFICATE REQUEST-----')) throw invalid('it is not PKCS #10 in PEM');
  try {
    const request = new Pkcs10CertificateRequest(requestPem);
    const publicKeySpki = new Uint8Array(request.publicKey.rawData);
    const algorithm = request.publicKey.algorithm as { name?: string; namedCurve?: string };
    if (algorithm.name !== keyAlgorithm.name || algorithm.namedCurve !== keyAlgorithm.namedCurve) {
      throw invalid('its key is not on the curve P-256');
    }
    await publicKeyFromSpki(publicKeySpki);
    if (!(await request.verify(webcrypto))) throw invalid('its signature is wrong');
    return { publicKeySpki };
  } catch (error) {
    if (error instanceof SallyportError) throw error;
    throw invalid('it cannot be read', error);
  }
}
