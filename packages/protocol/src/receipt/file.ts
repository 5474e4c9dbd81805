import { z } from 'zod';
import { fail } from '../errors/index.ts';
import { sha256HexSchema } from '../identity/names.ts';
import { latestTimeMs } from '../tunnel/index.ts';
import { parseFields, parseJson } from '../wire/index.ts';
import { statementCap } from './statement.ts';

/** The largest file of a receipt, in bytes: JSON may write each byte of the statement as six. */
export const receiptCap = 384 * 1024;

const pem = z.string().max(16_384).startsWith('-----BEGIN ');
const signature = z
  .string()
  .max(120)
  .regex(/^[A-Za-z0-9+/]+=*$/);

/** What the representative says of a statement. It is what their signature binds. */
export const vouchSchema = z.strictObject({
  v: z.literal(1),
  /** SHA-256 of the statement. */
  statement: sha256HexSchema,
  agrees: z.boolean(),
  /**
   * What they could compare with what they did: all of it; or that there was this session with these connections, where
   * another program (stock `ssh`) did within one what this side cannot see.
   */
  covers: z.enum(['all', 'connections']),
  /** Where the statement contradicts what they did. */
  reason: z.string().max(300).optional(),
  /** Their wall clock, milliseconds since 1970. */
  at: z.number().int().min(0).max(latestTimeMs),
});
export type Vouch = z.output<typeof vouchSchema>;

export const deviceHalfSchema = z.strictObject({ certificate: pem, signature });
export type DeviceHalf = z.output<typeof deviceHalfSchema>;
export const representativeHalfSchema = z.strictObject({
  certificate: pem,
  /** A `Vouch` as JSON: the very text that is signed. */
  vouch: z.string().max(2_000),
  signature,
});
export type RepresentativeHalf = z.output<typeof representativeHalfSchema>;

/** A receipt: one statement, who signed it, and all that is needed to check that anywhere. */
export const receiptSchema = z.strictObject({
  v: z.literal(1),
  /** The text that is signed, byte for byte. */
  statement: z.string().max(statementCap),
  device: deviceHalfSchema.optional(),
  representative: representativeHalfSchema.optional(),
  /** The maker's root, and the intermediates that issued the two certificates. */
  authority: z.strictObject({ root: pem, device: pem, representative: pem }),
});
export type Receipt = z.output<typeof receiptSchema>;

/** @throws message-too-large, message-malformed */
export function parseReceipt(bytes: Uint8Array): Receipt {
  if (bytes.byteLength > receiptCap) throw fail('message-too-large', { details: { cap: receiptCap } });
  return parseFields(receiptSchema, parseJson(bytes));
}

export const formatReceipt = (receipt: Receipt): string => `${JSON.stringify(receipt, undefined, 2)}\n`;
