import type { z } from 'zod';
import { fail } from '../errors/index.ts';
import { printable } from '../text/index.ts';
import { protocolVersion } from './version.ts';

/** The schemas of one direction of one connection, by the message's `type`. */
export type MessageSchemas = { readonly [type: string]: z.ZodType };
/** `z.object({})` infers a type that allows no field at all, not even `type`. */
type Fields<F> = F extends Record<string, never> ? unknown : F;

export type MessageOf<S extends MessageSchemas> = {
  [T in keyof S & string]: { type: T } & Fields<z.output<S[T]>>;
}[keyof S & string];

/** What may be sent: the schema's input, so that defaults may be left out. */
export type OutgoingOf<S extends MessageSchemas> = {
  [T in keyof S & string]: { type: T } & Fields<z.input<S[T]>>;
}[keyof S & string];

/**
 * Parses one JSON message: the cap on bytes before anything else, then its version, its type, its fields.
 *
 * @param bytes the message, UTF-8
 * @param capBytes the largest that may be parsed
 * @throws message-too-large, message-malformed, message-unknown, version-unsupported
 */
export function parseMessage<const S extends MessageSchemas>(
  schemas: S,
  bytes: Uint8Array,
  capBytes: number,
): MessageOf<S> {
  if (bytes.byteLength > capBytes) throw fail('message-too-large', { details: { cap: capBytes } });
  const value = parseJson(bytes);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw fail('message-malformed', { details: { reason: 'not an object' } });
  }
  const { v, type } = value as { v?: unknown; type?: unknown };
  if (v !== undefined && v !== protocolVersion) {
    const theirs = typeof v === 'number' ? v : 'unknown';
    throw fail('version-unsupported', { details: { theirs, ours: protocolVersion } });
  }
  if (typeof type !== 'string') throw fail('message-malformed', { details: { reason: 'no type' } });
  const schema = Object.hasOwn(schemas, type) ? schemas[type] : undefined;
  if (!schema) throw fail('message-unknown', { details: { type: printable(type, 64) } });
  return { type, ...(parseFields(schema, value) as object) } as MessageOf<S>;
}

/** The value that these bytes are in JSON; the caller has held them to a cap. @throws message-malformed */
export function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw fail('message-malformed', { details: { reason: 'not JSON in UTF-8' }, cause });
  }
}

/** Parses a value by a schema, such as the body of a request. @throws message-malformed, naming the first wrong field */
export function parseFields<T extends z.ZodType>(schema: T, value: unknown): z.output<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const reason = printable(`${issue?.path.join('.') || 'message'}: ${issue?.message ?? 'invalid'}`);
  throw fail('message-malformed', { details: { reason } });
}

/** The bytes of a message, version included. The writer obeys the cap that the reader applies. */
export function formatMessage<S extends MessageSchemas>(message: OutgoingOf<S>, capBytes: number): Buffer {
  const bytes = Buffer.from(JSON.stringify({ v: protocolVersion, ...message }));
  if (bytes.byteLength > capBytes) throw fail('message-too-large', { details: { cap: capBytes } });
  return bytes;
}
