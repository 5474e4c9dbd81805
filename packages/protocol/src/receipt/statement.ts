import { createHash } from 'node:crypto';
import { z } from 'zod';
import { fail } from '../errors/index.ts';
import { grantIdSchema, portNumberSchema, scopesSchema, streamIdSchema } from '../grant/index.ts';
import { deviceIdSchema, representativeIdSchema, sha256HexSchema } from '../identity/names.ts';
import { latestTimeMs } from '../tunnel/index.ts';
import { parseFields, parseJson } from '../wire/index.ts';
import { listedSchema } from './lists.ts';

/** The largest statement, in bytes. */
export const statementCap = 56 * 1024;
/** What each of its lists may take of that: together they leave room for the rest. In bytes. */
export const listBytes = { channels: 16 * 1024, files: 16 * 1024, refusals: 6 * 1024, recordings: 8 * 1024 };

const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const ms = z.number().int().min(0).max(latestTimeMs);
const text = z.string().max(500);

/** One terminal, command, copy, connection. Times are milliseconds since the session began. */
export const channelItemSchema = z.strictObject({
  id: count,
  kind: z.string().max(20),
  what: text,
  from: count,
  to: count,
  /** From the representative to the device, and back. */
  bytesIn: count,
  bytesOut: count,
  exitCode: z.number().int().optional(),
  signal: z.string().max(20).optional(),
});
export type ChannelItem = z.output<typeof channelItemSchema>;

export const fileItemSchema = z.strictObject({
  channel: count,
  at: count,
  what: z.string().max(40),
  path: text,
  to: text.optional(),
  bytesRead: count.optional(),
  bytesWritten: count.optional(),
  sha256: sha256HexSchema.optional(),
  result: z.string().max(40).optional(),
});
export type FileItem = z.output<typeof fileItemSchema>;

export const refusalItemSchema = z.strictObject({
  at: count,
  what: text,
  scope: z.string().max(300).optional(),
});
export type RefusalItem = z.output<typeof refusalItemSchema>;

export const recordingItemSchema = z.strictObject({
  id: z.string().max(64),
  bytes: count.optional(),
  /** The head of its chain: it cannot be changed unseen, nor cut. */
  head: sha256HexSchema,
});
export type RecordingItem = z.output<typeof recordingItemSchema>;

/** What one of the two says of a session: who, whom, by which consent, when, what, and how it ended. */
export const statementSchema = z.strictObject({
  v: z.literal(1),
  /** Who says it. The representative makes one of their own only where the device is gone. */
  by: z.enum(['device', 'representative']),
  device: z.strictObject({ id: deviceIdSchema, key: sha256HexSchema }),
  representative: z.strictObject({ id: representativeIdSchema, key: sha256HexSchema }),
  grant: grantIdSchema,
  port: portNumberSchema,
  reference: z.string().max(200).optional(),
  scopes: scopesSchema,
  session: streamIdSchema,
  /** Counts what was stated of this representative in this grant; 0 where the representative says it. */
  number: count,
  /** SHA-256 of the statement before that: none can be left out unseen. */
  previous: sha256HexSchema.optional(),
  /** Wall clock of who says it, milliseconds since 1970, and how it stood. */
  from: ms,
  to: ms,
  clock: z.enum(['relay', 'own', 'wrong']),
  /** How long it was by a clock that never jumps, in milliseconds; of that, how long without a connection. */
  lastedMs: count,
  suspendedMs: count,
  suspensions: count,
  /** Why it ended: a code of an error. */
  why: z.string().max(64),
  channels: listedSchema(channelItemSchema),
  files: listedSchema(fileItemSchema),
  refusals: listedSchema(refusalItemSchema),
  recordings: listedSchema(recordingItemSchema),
  /** The newest entry of the device's audit log then. */
  audit: z.strictObject({ seq: count, hash: sha256HexSchema }).optional(),
});
export type Statement = z.output<typeof statementSchema>;

/** The text that is signed: JSON, its fields in the order of the schema. @throws message-too-large */
export function statementText(statement: z.input<typeof statementSchema>): string {
  const written = JSON.stringify(statementSchema.parse(statement));
  const bytes = Buffer.byteLength(written);
  if (bytes > statementCap) throw fail('message-too-large', { details: { cap: statementCap } });
  return written;
}

/** @throws message-too-large, message-malformed */
export function parseStatement(written: string): Statement {
  if (Buffer.byteLength(written) > statementCap) {
    throw fail('message-too-large', { details: { cap: statementCap } });
  }
  const statement = parseFields(statementSchema, parseJson(Buffer.from(written)));
  // One content has one text: nobody can show two that say the same and differ in their hash.
  if (JSON.stringify(statement) !== written) {
    throw fail('message-malformed', { details: { reason: 'the statement is not in its one form' } });
  }
  return statement;
}

/** What names a statement for good: SHA-256 of its text, hex. */
export const statementHash = (written: string): string =>
  createHash('sha256').update(written, 'utf8').digest('hex');
