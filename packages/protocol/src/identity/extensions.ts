import { DerError, derTag, readAll, readDer, readObjectId, readOne } from './der.ts';

/** What the extensions of a certificate say, as far as Sallyport uses them (RFC 5280, section 4.2.1). */
export type Extensions = {
  /** Basic constraints; absent means "not a CA". */
  readonly isCa: boolean;
  readonly pathLength: number | undefined;
  /** Key usage; undefined if the extension is absent. */
  readonly keyUsage:
    | { readonly digitalSignature: boolean; readonly others: boolean; readonly certSign: boolean }
    | undefined;
  /** Extended key usage, as object identifiers in dotted form. */
  readonly extendedKeyUsage: readonly string[];
  /** Subject alternative names. One that is not a URI is undefined. */
  readonly names: readonly (string | undefined)[];
};

const oids = {
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  extendedKeyUsage: '2.5.29.37',
  subjectKeyIdentifier: '2.5.29.14',
  authorityKeyIdentifier: '2.5.29.35',
} as const;
const known: ReadonlySet<string> = new Set(Object.values(oids));

/**
 * Reads the extensions of a certificate (DER). `node:crypto` tells neither the key usage nor the path length, and of
 * two extensions of one kind shows one; here two of a kind, and a critical one that is not known, are refused.
 *
 * @throws DerError
 */
export function readExtensions(certificate: Uint8Array): Extensions {
  const [toBeSigned] = readAll(readOne(certificate, derTag.sequence));
  if (toBeSigned?.tag !== derTag.sequence) throw new DerError('no certificate');
  const wrapper = readAll(toBeSigned.body).find((element) => element.tag === derTag.context3);
  const found = new Map<string, Uint8Array>();
  for (const extension of wrapper ? readAll(readOne(wrapper.body, derTag.sequence)) : []) {
    const parts = readAll(extension.body);
    const [id, value] = [parts[0], parts.at(-1)];
    if (id?.tag !== derTag.objectId || value?.tag !== derTag.octetString || parts.length > 3) {
      throw new DerError('not an extension');
    }
    const oid = readObjectId(id.body);
    if (found.has(oid)) throw new DerError('two extensions of one kind');
    if (parts.length === 3 && !known.has(oid)) throw new DerError('a critical extension that is not known');
    found.set(oid, value.body);
  }
  return {
    ...readBasicConstraints(found.get(oids.basicConstraints)),
    keyUsage: readKeyUsage(found.get(oids.keyUsage)),
    extendedKeyUsage: readList(found.get(oids.extendedKeyUsage)).map((element) => {
      if (element.tag !== derTag.objectId) throw new DerError('not a key purpose');
      return readObjectId(element.body);
    }),
    names: readList(found.get(oids.subjectAltName)).map((element) =>
      element.tag === derTag.context6 ? Buffer.from(element.body).toString('latin1') : undefined,
    ),
  };
}

const readList = (bytes: Uint8Array | undefined): ReturnType<typeof readAll> =>
  bytes ? readAll(readOne(bytes, derTag.sequence)) : [];

/** `SEQUENCE { cA BOOLEAN DEFAULT FALSE, pathLenConstraint INTEGER OPTIONAL }` */
function readBasicConstraints(bytes: Uint8Array | undefined): {
  isCa: boolean;
  pathLength: number | undefined;
} {
  const parts = readList(bytes);
  const ca = parts.find((part) => part.tag === derTag.boolean);
  const length = parts.find((part) => part.tag === derTag.integer);
  if (length && length.body.length !== 1) throw new DerError('a path length out of bounds');
  return { isCa: ca !== undefined && ca.body[0] !== 0, pathLength: length?.body[0] };
}

/** `BIT STRING`: bit 0 digitalSignature, bit 5 keyCertSign; the first byte counts the unused bits of the last. */
function readKeyUsage(bytes: Uint8Array | undefined): Extensions['keyUsage'] {
  if (!bytes) return undefined;
  const { tag, body } = readDer(bytes);
  if (tag !== derTag.bitString || body.length < 2) throw new DerError('not a key usage');
  const bits = body[1] ?? 0;
  return {
    digitalSignature: (bits & 0x80) !== 0,
    certSign: (bits & 0x04) !== 0,
    others: (bits & 0x7f) !== 0 || (body[2] ?? 0) !== 0,
  };
}
