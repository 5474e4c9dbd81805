/** One element of DER (X.690): its tag byte, its contents, and where the next one begins. */
export type DerElement = { readonly tag: number; readonly body: Uint8Array; readonly end: number };

/** The tags that certificates use here. */
export const derTag = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectId: 0x06,
  sequence: 0x30,
  /** Context-specific, constructed: `[3] EXPLICIT` holds the extensions of a certificate. */
  context3: 0xa3,
  /** Context-specific, primitive: `[6] IA5String` is a URI among general names. */
  context6: 0x86,
} as const;

/** Not DER, or not the element that was expected. Never leaves the folder: `verifyPeer` makes its own error of it. */
export class DerError extends Error {}

/**
 * Reads the element at `offset`. A length is checked against what is there before anything is sliced; only the
 * definite form in its shortest spelling is taken, four bytes of length at most.
 *
 * ```
 *  0        1            1 + n             1 + n + length
 *  [tag u8] [length 1-5] [contents ...... ]
 *            < 0x80: the length itself; 0x81-0x84: that many bytes of length follow, big-endian
 * ```
 */
export function readDer(bytes: Uint8Array, offset = 0): DerElement {
  const tag = bytes[offset];
  const first = bytes[offset + 1];
  if (tag === undefined || first === undefined) throw new DerError('cut short');
  if ((tag & 0x1f) === 0x1f) throw new DerError('a tag of several bytes');
  let start = offset + 2;
  let length = first;
  if (first >= 0x80) {
    const count = first - 0x80;
    if (count < 1 || count > 4) throw new DerError('length of length');
    length = 0;
    for (let index = 0; index < count; index += 1) {
      const byte = bytes[start + index];
      if (byte === undefined) throw new DerError('cut short');
      length = length * 256 + byte;
    }
    start += count;
    if (length < 0x80 || (count > 1 && length < 256 ** (count - 1)))
      throw new DerError('length not the shortest');
  }
  const end = start + length;
  if (end > bytes.length) throw new DerError('cut short');
  return { tag, body: bytes.subarray(start, end), end };
}

/** Reads the one element that `bytes` is, of tag `tag`, with nothing behind it. */
export function readOne(bytes: Uint8Array, tag: number): Uint8Array {
  const element = readDer(bytes);
  if (element.tag !== tag || element.end !== bytes.length) throw new DerError('not the element expected');
  return element.body;
}

/** All elements in the contents of a constructed one, in order. */
export function readAll(body: Uint8Array): readonly DerElement[] {
  const elements: DerElement[] = [];
  for (let offset = 0; offset < body.length; ) {
    const element = readDer(body, offset);
    elements.push(element);
    offset = element.end;
  }
  return elements;
}

/** An object identifier in dotted form. */
export function readObjectId(body: Uint8Array): string {
  const arcs: number[] = [];
  let value = 0;
  for (const [index, byte] of body.entries()) {
    if (value > 2 ** 40) throw new DerError('an arc too large');
    value = value * 128 + (byte & 0x7f);
    if (byte & 0x80) {
      if (index === body.length - 1) throw new DerError('cut short');
      continue;
    }
    if (arcs.length === 0) {
      const root = Math.min(2, Math.floor(value / 40));
      arcs.push(root, value - root * 40);
    } else {
      arcs.push(value);
    }
    value = 0;
  }
  if (arcs.length === 0) throw new DerError('an empty object identifier');
  return arcs.join('.');
}

/** Writes an element of tag `tag`, its contents the parts one after the other: what `readDer` reads. */
export function writeDer(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  if (body.length < 0x80) return Buffer.concat([Buffer.of(tag, body.length), body]);
  const hex = body.length.toString(16);
  const length = Buffer.from(hex.length % 2 ? `0${hex}` : hex, 'hex');
  return Buffer.concat([Buffer.of(tag, 0x80 + length.length), length, body]);
}
