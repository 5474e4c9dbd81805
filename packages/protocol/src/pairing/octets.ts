/** Octet strings as CPace joins them (draft-irtf-cfrg-cpace, "Notation for string operations"). */

/** The string with its length in LEB128 in front. */
export function prependLength(octets: Uint8Array): Uint8Array {
  const length: number[] = [];
  let left = octets.byteLength;
  do {
    length.push(left < 0x80 ? left : (left & 0x7f) | 0x80);
    left >>>= 7;
  } while (left > 0);
  return Buffer.concat([Uint8Array.from(length), octets]);
}

/** `lv_cat`: each string with its length in front, so that no two lists of strings give the same octets. */
export function lengthValue(...strings: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(strings.map(prependLength));
}

export const ascii = (text: string): Uint8Array => Buffer.from(text, 'latin1');

/** Octets as the messages carry them: base64url without padding. */
export const toText = (octets: Uint8Array): string => Buffer.from(octets).toString('base64url');
export const toOctets = (text: string): Uint8Array => Buffer.from(text, 'base64url');
