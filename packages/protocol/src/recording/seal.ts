import { z } from 'zod';
import { sha256HexSchema } from '../identity/names.ts';

/** How a line begins that vouches for all lines before it. */
export const sealMark = '# sallyport-seal ';
/** The longest line of a seal, in bytes. */
export const sealCap = 1_024;
/** Events of which a seal vouches for the last ones, at most; and how long after an event it comes, in milliseconds. */
export const sealEvents = 64;
export const sealAfterMs = 10_000;

const count = z.number().int().nonnegative();
export const sealSchema = z.strictObject({
  /** Counted from 1. */
  seal: z.number().int().min(1),
  /** Lines before this one, and their bytes with all line breaks. */
  lines: count,
  bytes: count,
  /** SHA-256 of these bytes: all of the file before this line. */
  sha256: sha256HexSchema,
  at: z.iso.datetime(),
  bootMs: count,
  /** Nothing comes after it. */
  end: z.literal(true).optional(),
});
export type Seal = z.output<typeof sealSchema>;

/**
 * What is signed, and stands before the last blank of a seal's line: ECDSA P-256 with SHA-256, by the device's key.
 *
 * ```
 * # sallyport-seal {"seal":2,"lines":131,"bytes":9034,"sha256":"…","at":"…","bootMs":…} BASE64
 * └──────────────────────────────── signed ───────────────────────────────────────────┘ └ DER ┘
 * ```
 */
export const sealText = (seal: Seal): string => `${sealMark}${JSON.stringify(seal)}`;

/** A seal, what of its line is signed, and the signature. */
export type ParsedSeal = { readonly seal: Seal; readonly signed: string; readonly signature: Buffer };

/** A seal's line in its parts; undefined for what is none. @param line without its line break */
export function parseSeal(line: string): ParsedSeal | undefined {
  const blank = line.lastIndexOf(' ');
  const signed = line.slice(0, blank);
  const signature = line.slice(blank + 1);
  if (
    line.length > sealCap ||
    !signed.startsWith(sealMark) ||
    !/^[A-Za-z0-9+/]{8,200}={0,2}$/.test(signature)
  )
    return undefined;
  try {
    const seal = sealSchema.safeParse(JSON.parse(signed.slice(sealMark.length)));
    return seal.success
      ? { seal: seal.data, signed, signature: Buffer.from(signature, 'base64') }
      : undefined;
  } catch {
    return undefined;
  }
}
