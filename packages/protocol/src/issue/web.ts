import { webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import type { Random } from '../environment/index.ts';
import { commonName, type Keyed, serialNumber } from './certificate.ts';
import { makeKeyPair, privateKeyToPem, signingAlgorithm } from './keys.ts';
import { backdatedMs } from './validity.ts';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from './x509.ts';

/** How long a certificate for browsers is valid: the longest that all of them take. */
export const webCertificateMs = 397 * 24 * 3_600_000;

/**
 * A certificate for the web interface of one device, which nobody but itself vouches for: people compare its
 * fingerprint. It is of no authority of ours, and no program of ours takes it for anything.
 *
 * @param options.names what the device is reached by: host names and IP addresses
 * @param options.now milliseconds since 1970, like `until`
 */
export async function makeWebCertificate(options: {
  readonly names: readonly string[];
  readonly now: number;
  readonly until?: number;
  readonly random: Random;
}): Promise<Keyed> {
  const { names, now, until = now + webCertificateMs, random } = options;
  const keys = await makeKeyPair();
  const name = commonName((names[0] ?? 'sallyport').slice(0, 64));
  const certificate = await X509CertificateGenerator.create(
    {
      serialNumber: serialNumber(random),
      subject: name,
      issuer: name,
      publicKey: keys.publicKey,
      signingKey: keys.privateKey,
      signingAlgorithm,
      notBefore: new Date(now - backdatedMs),
      notAfter: new Date(until),
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new ExtendedKeyUsageExtension(['1.3.6.1.5.5.7.3.1'], false),
        new SubjectAlternativeNameExtension(
          names.map((value) => ({ type: isIP(value) === 0 ? 'dns' : 'ip', value })),
        ),
      ],
    },
    webcrypto,
  );
  return { key: await privateKeyToPem(keys.privateKey), certificate: `${certificate.toString('pem')}\n` };
}
