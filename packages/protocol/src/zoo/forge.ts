import { webcrypto } from 'node:crypto';
import { privateKeyToPem } from '../issue/keys.ts';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsageExtension,
  Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '../issue/x509.ts';

type CryptoKey = webcrypto.CryptoKey;
type Name = { readonly type: 'url' | 'dns' | 'email'; readonly value: string };

/** Everything about a certificate can be wrong. What is left out is as the rules want it. */
export type ForgeOptions = {
  readonly subject?: string;
  readonly names: readonly Name[];
  /** A second extension of the same kind, with these names. */
  readonly secondNames?: readonly Name[];
  /** Undefined leaves the extension out. */
  readonly purposes: readonly string[] | undefined;
  readonly keyUsage?: number | undefined;
  readonly isCa?: boolean;
  readonly pathLength?: number | undefined;
  readonly notBefore: number;
  readonly notAfter: number;
  /** A critical extension that nobody knows. */
  readonly unknownCritical?: boolean;
  readonly keys: { readonly publicKey: CryptoKey; readonly privateKey: CryptoKey };
  /** Who signs; the certificate itself if left out. */
  readonly issuer?: { readonly certificate: string; readonly key: string } | undefined;
};

/** Makes a certificate that `issue` would never make. For tests. */
export async function forge(options: ForgeOptions): Promise<{ key: string; leaf: string }> {
  const { keys, issuer, names, purposes } = options;
  const parent = issuer && new X509Certificate(issuer.certificate);
  const subject = `CN=${options.subject ?? 'forged'}`;
  const signingKey = issuer ? await importKey(issuer.key) : keys.privateKey;
  const parentKey = parent ? await parent.publicKey.export(webcrypto) : keys.publicKey;
  const extensions: Extension[] = [
    new BasicConstraintsExtension(options.isCa ?? false, options.pathLength, true),
    new KeyUsagesExtension(options.keyUsage ?? KeyUsageFlags.digitalSignature, true),
    await SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
    await AuthorityKeyIdentifierExtension.create(parentKey, false, webcrypto),
  ];
  if (purposes) extensions.push(new ExtendedKeyUsageExtension([...purposes], true));
  for (const list of [names, options.secondNames ?? []]) {
    if (list.length > 0) extensions.push(new SubjectAlternativeNameExtension([...list]));
  }
  if (options.unknownCritical) extensions.push(new Extension('1.2.3.4.5', true, Uint8Array.of(5, 0)));
  const certificate = await X509CertificateGenerator.create(
    {
      subject,
      issuer: parent?.subjectName ?? subject,
      publicKey: keys.publicKey,
      signingKey,
      ...(signingKey.algorithm.name === 'ECDSA'
        ? { signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' } }
        : {}),
      notBefore: new Date(options.notBefore),
      notAfter: new Date(options.notAfter),
      extensions,
    },
    webcrypto,
  );
  return { key: await privateKeyToPem(keys.privateKey), leaf: `${certificate.toString('pem')}\n` };
}

export async function forgeKeys(
  curve: 'P-256' | 'P-384' | 'Ed25519' = 'P-256',
): Promise<{ publicKey: CryptoKey; privateKey: CryptoKey }> {
  if (curve === 'Ed25519') {
    return (await webcrypto.subtle.generateKey('Ed25519', true, [
      'sign',
      'verify',
    ])) as webcrypto.CryptoKeyPair;
  }
  return webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: curve }, true, ['sign', 'verify']);
}

function importKey(pem: string): Promise<CryptoKey> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
  return webcrypto.subtle.importKey('pkcs8', PemConverter.decodeFirst(pem), algorithm, false, ['sign']);
}
