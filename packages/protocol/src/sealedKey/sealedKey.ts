import { createCipheriv, createDecipheriv, createPrivateKey, scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import type { Random } from '../environment/index.ts';
import { DerError, derTag, readAll, readOne, writeDer } from '../identity/der.ts';

/**
 * A private key under a passphrase: PKCS #8, `ENCRYPTED PRIVATE KEY`, PBES2 with scrypt (RFC 7914, section 7) and
 * AES-256-CBC, so that other tools read it, too (`openssl pkey`).
 *
 * ```
 * SEQUENCE
 *   SEQUENCE pbes2
 *     SEQUENCE
 *       SEQUENCE scrypt   SEQUENCE: salt, N, r, p, 32
 *       SEQUENCE aes256-CBC   OCTET STRING: 16 bytes to begin with
 *   OCTET STRING: the PKCS #8 key, encrypted
 * ```
 *
 * CBC does not tell that it was changed: whoever opens a key holds it against its certificate.
 */

/** 16 MiB and five rounds: OWASP's measure of 2024, and the most that OpenSSL takes from a file. */
const cost = { N: 16_384, r: 8, p: 5 } as const;
/** A key that others sealed may ask for less, and for no more memory than this, in bytes. */
const memoryCap = 32 * 1024 * 1024;
const roundsCap = 16;
const saltBytes = 16;
const blockBytes = 16;
/** Of the key by which the private key is encrypted. */
export const wrapBytes = 32;

const objectIds = {
  pbes2: Buffer.from('2a864886f70d01050d', 'hex'),
  scrypt: Buffer.from('2b06010401da47040b', 'hex'),
  aes256Cbc: Buffer.from('60864801650304012a', 'hex'),
} as const;
const label = 'ENCRYPTED PRIVATE KEY';

/** What opens a sealed key without its passphrase. It fits this one seal, and no other of the same key. */
export type Wrap = { readonly salt: Buffer; readonly key: Buffer };

export const isSealed = (pem: string): boolean => pem.startsWith(`-----BEGIN ${label}-----`);

type Sealed = {
  readonly salt: Buffer;
  readonly cost: { readonly N: number; readonly r: number; readonly p: number };
  readonly begin: Buffer;
  readonly encrypted: Buffer;
};

/** @param pem PKCS #8 without a passphrase */
export async function sealKey(
  pem: string,
  passphrase: string,
  random: Random,
): Promise<{ readonly pem: string; readonly wrap: Wrap }> {
  const salt = Buffer.from(random(saltBytes));
  const begin = Buffer.from(random(blockBytes));
  const key = await derive(passphrase, salt, cost);
  const cipher = createCipheriv('aes-256-cbc', key, begin);
  const plain = createPrivateKey(pem).export({ type: 'pkcs8', format: 'der' });
  const encrypted = Buffer.concat([cipher.update(plain), cipher.final()]);
  return { pem: toPem(encode({ salt, cost, begin, encrypted })), wrap: { salt, key } };
}

/** @returns undefined if the passphrase is wrong. @throws if it is no sealed key */
export async function openWithPassphrase(
  pem: string,
  passphrase: string,
): Promise<{ readonly pem: string; readonly wrap: Wrap } | undefined> {
  const sealed = decode(pem);
  const key = await derive(passphrase, sealed.salt, sealed.cost);
  const opened = decrypt(sealed, key);
  return opened === undefined ? undefined : { pem: opened, wrap: { salt: sealed.salt, key } };
}

/** @returns undefined if it is the wrap of another seal. @throws if it is no sealed key */
export function openWithWrap(pem: string, wrap: Wrap): string | undefined {
  const sealed = decode(pem);
  return sealed.salt.equals(wrap.salt) ? decrypt(sealed, wrap.key) : undefined;
}

function decrypt({ begin, encrypted }: Sealed, key: Buffer): string | undefined {
  try {
    const decipher = createDecipheriv('aes-256-cbc', key, begin);
    const plain = Buffer.concat([decipher.update(encrypted), decipher.final()]);
    const opened = createPrivateKey({ key: plain, format: 'der', type: 'pkcs8' });
    return opened.export({ type: 'pkcs8', format: 'pem' }) as string;
  } catch {
    return undefined;
  }
}

/** The same letters typed on another keyboard may come composed otherwise: NFC, as in RFC 8265. */
function derive(passphrase: string, salt: Buffer, { N, r, p }: Sealed['cost']): Promise<Buffer> {
  const scryptAsync = promisify<string, Buffer, number, object, Buffer>(scrypt);
  return scryptAsync(passphrase.normalize('NFC'), salt, wrapBytes, { N, r, p, maxmem: 2 * memoryCap });
}

function encode({ salt, cost: { N, r, p }, begin, encrypted }: Sealed): Buffer {
  const { sequence, octetString, objectId } = derTag;
  const terms = writeDer(
    sequence,
    writeDer(octetString, salt),
    ...[N, r, p, wrapBytes].map((value) => writeDer(derTag.integer, integer(value))),
  );
  const method = writeDer(
    sequence,
    writeDer(sequence, writeDer(objectId, objectIds.scrypt), terms),
    writeDer(sequence, writeDer(objectId, objectIds.aes256Cbc), writeDer(octetString, begin)),
  );
  return writeDer(
    sequence,
    writeDer(sequence, writeDer(objectId, objectIds.pbes2), method),
    writeDer(octetString, encrypted),
  );
}

function decode(pem: string): Sealed {
  const body = pem.replace(/-----[A-Z ]+-----/g, '').replace(/\s/g, '');
  const [algorithm, encrypted] = children(readOne(Buffer.from(body, 'base64'), derTag.sequence), 2);
  const [pbes2, method] = children(of(algorithm, derTag.sequence), 2);
  const [kdf, cipher] = children(of(method, derTag.sequence), 2);
  const [scryptId, terms] = children(of(kdf, derTag.sequence), 2);
  const [aes, begin] = children(of(cipher, derTag.sequence), 2);
  mustBe(pbes2, objectIds.pbes2);
  mustBe(scryptId, objectIds.scrypt);
  mustBe(aes, objectIds.aes256Cbc);
  const [salt, ...numbers] = readAll(of(terms, derTag.sequence));
  const [N = 0, r = 0, p = 0] = numbers.map((one) => number(of(one, derTag.integer)));
  if (N < 2 || r < 1 || p < 1 || 128 * N * r > memoryCap || p > roundsCap) throw new DerError('its cost');
  return {
    salt: Buffer.from(of(salt, derTag.octetString)),
    cost: { N, r, p },
    begin: Buffer.from(of(begin, derTag.octetString)),
    encrypted: Buffer.from(of(encrypted, derTag.octetString)),
  };
}

type Element = ReturnType<typeof readAll>[number];

function children(body: Uint8Array, count: number): readonly Element[] {
  const all = readAll(body);
  if (all.length !== count) throw new DerError('not what is expected');
  return all;
}

function of(element: Element | undefined, tag: number): Uint8Array {
  if (element?.tag !== tag) throw new DerError('not what is expected');
  return element.body;
}

function mustBe(element: Element | undefined, objectId: Buffer): void {
  if (!objectId.equals(of(element, derTag.objectId))) throw new DerError('another method');
}

/** A positive number below 2^31, big-endian, its first bit clear. */
function integer(value: number): Buffer {
  const hex = value.toString(16);
  const bytes = Buffer.from(hex.length % 2 ? `0${hex}` : hex, 'hex');
  return (bytes[0] ?? 0) & 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes;
}

function number(body: Uint8Array): number {
  if (body.length > 5) throw new DerError('a number too large');
  return Number.parseInt(Buffer.from(body).toString('hex') || '0', 16);
}

function toPem(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
