import { webcrypto } from 'node:crypto';
import type { Random } from '../environment/index.ts';
import { authorityName } from '../identity/authority.ts';
import { idPatterns, type Role, subjectName } from '../identity/names.ts';
import { keyPurposes } from '../identity/verify.ts';
import {
  makeKeyPair,
  privateKeyFromPem,
  privateKeyToPem,
  publicKeyFromSpki,
  signingAlgorithm,
} from './keys.ts';
import { validityFrom } from './validity.ts';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  Name,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from './x509.ts';

/** A certificate and its private key, PEM each. */
export type Keyed = { readonly key: string; readonly certificate: string };
export type NewAuthority = { readonly root: Keyed } & { readonly [role in Role]: Keyed };
type CryptoKey = webcrypto.CryptoKey;

/**
 * Makes a root and an intermediate for each role. The root signs the intermediates and nothing else.
 *
 * @param options.name what people call the maker, such as `Maker Example`; it stands in the names of the authorities
 * @param options.now milliseconds since 1970
 */
export async function createAuthority(options: {
  name: string;
  random: Random;
  now: number;
}): Promise<NewAuthority> {
  const { name, random, now } = options;
  const keys = await makeKeyPair();
  const subject = commonName(`${name} Root`);
  const root: Keyed = {
    key: await privateKeyToPem(keys.privateKey),
    certificate: await sign({
      subject,
      publicKey: keys.publicKey,
      issuer: { subject, publicKey: keys.publicKey, signingKey: keys.privateKey },
      extensions: caExtensions(undefined),
      random,
      ...validityFrom('authority', now),
    }),
  };
  const intermediate = async (role: Role): Promise<Keyed> => {
    const own = await makeKeyPair();
    const publicKey = new Uint8Array(await webcrypto.subtle.exportKey('spki', own.publicKey));
    const certificate = await issueIntermediate({ root, role, name, publicKey, random, now });
    return { key: await privateKeyToPem(own.privateKey), certificate };
  };
  const [relay, device, representative] = [
    await intermediate('relay'),
    await intermediate('device'),
    await intermediate('representative'),
  ];
  return { root, relay, device, representative };
}

/**
 * Signs the intermediate of one role, where the root is kept apart from the relay (`authority sign`).
 *
 * @param options.publicKey SubjectPublicKeyInfo, DER, on P-256
 */
export async function issueIntermediate(options: {
  root: Keyed;
  role: Role;
  name: string;
  publicKey: Uint8Array;
  random?: Random;
  now: number;
}): Promise<string> {
  const { root, role, name, publicKey, random, now } = options;
  const title = `${role.slice(0, 1).toUpperCase()}${role.slice(1)}`;
  return sign({
    subject: commonName(`${name} ${title} Authority`),
    publicKey: await publicKeyFromSpki(publicKey),
    issuer: await readIssuer(root),
    extensions: [...caExtensions(0), uriName(authorityName(role))],
    random,
    ...validityFrom('authority', now),
  });
}

/**
 * Signs the certificate of one relay node, device or representative.
 *
 * @param options.issuer the intermediate of that role
 * @param options.publicKey SubjectPublicKeyInfo, DER, on P-256, of a request that `readRequest` accepted
 * @param options.notBefore milliseconds since 1970, like `notAfter`; see `validityFrom`. Cut to what the issuer has
 * @returns PEM
 */
export async function issueLeaf(options: {
  issuer: Keyed;
  role: Role;
  id: string;
  publicKey: Uint8Array;
  notBefore: number;
  notAfter: number;
  random?: Random;
}): Promise<string> {
  const { role, id, random } = options;
  if (!idPatterns[role].test(id)) throw new RangeError(`not the id of a ${role}: ${id}`);
  const issuer = await readIssuer(options.issuer);
  return sign({
    subject: commonName(id.slice(0, 64)),
    publicKey: await publicKeyFromSpki(options.publicKey),
    issuer,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([...keyPurposes[role]], true),
      uriName(subjectName(role, id)),
    ],
    random,
    notBefore: Math.max(options.notBefore, issuer.notBefore),
    notAfter: Math.min(options.notAfter, issuer.notAfter),
  });
}

type Issuer = { readonly subject: Name; readonly publicKey: CryptoKey; readonly signingKey: CryptoKey };

async function readIssuer(keyed: Keyed): Promise<Issuer & { notBefore: number; notAfter: number }> {
  const certificate = new X509Certificate(keyed.certificate);
  return {
    subject: certificate.subjectName,
    publicKey: await publicKeyFromSpki(new Uint8Array(certificate.publicKey.rawData)),
    signingKey: await privateKeyFromPem(keyed.key),
    notBefore: certificate.notBefore.getTime(),
    notAfter: certificate.notAfter.getTime(),
  };
}

export const commonName = (text: string): Name => new Name([{ CN: [{ utf8String: text }] }]);
const uriName = (value: string): Extension => new SubjectAlternativeNameExtension([{ type: 'url', value }]);
const caExtensions = (pathLength: number | undefined): Extension[] => [
  new BasicConstraintsExtension(true, pathLength, true),
  new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
];

/** Signs what it is told to; the rules are its callers'. @returns PEM */
async function sign(options: {
  subject: Name;
  publicKey: CryptoKey;
  issuer: Issuer;
  extensions: Extension[];
  random: Random | undefined;
  notBefore: number;
  notAfter: number;
}): Promise<string> {
  const { subject, publicKey, issuer, random } = options;
  const certificate = await X509CertificateGenerator.create(
    {
      ...(random ? { serialNumber: serialNumber(random) } : {}),
      subject,
      issuer: issuer.subject,
      publicKey,
      signingKey: issuer.signingKey,
      signingAlgorithm,
      notBefore: new Date(options.notBefore),
      notAfter: new Date(options.notAfter),
      extensions: [
        ...options.extensions,
        await SubjectKeyIdentifierExtension.create(publicKey, false, webcrypto),
        await AuthorityKeyIdentifierExtension.create(issuer.publicKey, false, webcrypto),
      ],
    },
    webcrypto,
  );
  return `${certificate.toString('pem')}\n`;
}

/** 126 random bits, positive and never 0 (RFC 5280, section 4.1.2.2), in hex. */
export function serialNumber(random: Random): string {
  const bytes = Uint8Array.from(random(16));
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return Buffer.from(bytes).toString('hex');
}
