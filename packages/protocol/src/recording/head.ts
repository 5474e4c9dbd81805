import { z } from 'zod';
import { fail } from '../errors/index.ts';
import { grantIdSchema, streamIdSchema } from '../grant/index.ts';
import { deviceIdSchema, representativeIdSchema, sha256HexSchema } from '../identity/names.ts';
import { parseFields } from '../wire/index.ts';
import { recordingIdSchema } from './names.ts';

/** Of the first two lines together, in bytes. A command has 64 KiB at most, and each byte may take six in JSON. */
export const headCap = 512 * 1024;
/** How the second line of a recording begins. */
export const headMark = '# sallyport-recording ';

const size = z.number().int().min(1).max(65_535);

/** The first line, as asciicast v3 has it (https://docs.asciinema.org/manual/asciicast/v3/). */
const castSchema = z.object({
  version: z.literal(3),
  term: z.object({ cols: size, rows: size, type: z.string().max(256).optional() }),
  timestamp: z.number().int(),
  command: z.string().max(headCap).optional(),
  title: z.string().max(1_000).optional(),
  env: z.record(z.string().max(64), z.string().max(4_096)).default({}),
});

/** `relay`: the relay's time of this very grant. `own`: the device's clock, which nothing has confirmed. */
export const clockStates = ['relay', 'own'] as const;
export type ClockState = (typeof clockStates)[number];

const factsSchema = z.object({
  v: z.literal(1),
  recording: recordingIdSchema,
  device: deviceIdSchema,
  grant: grantIdSchema,
  reference: z.string().max(200).optional(),
  session: streamIdSchema,
  channel: z.number().int().min(1),
  representative: representativeIdSchema,
  /** SHA-256 of the representative's public key (SPKI). */
  keySha256: sha256HexSchema,
  scope: z.string().max(300),
  /** `web`: the requests of one session to the device's web interface. */
  kind: z.enum(['terminal', 'command', 'web']),
  runAs: z.string().max(64),
  /** UTC, ISO 8601, by the clock that `clock` names; `ownClock` is what the device's own said then. */
  at: z.iso.datetime(),
  clock: z.enum(clockStates),
  ownClock: z.iso.datetime(),
  /** Milliseconds since boot, which no clock that is set can move; `boot` names that boot. */
  bootMs: z.number().int().min(0),
  boot: z.string().max(64),
  /** The device's certificate, DER in base64: whose signatures the seals bear. */
  certificate: z.base64().max(16 * 1024),
});

/** What the first two lines of a recording say. */
export type RecordingHead = z.output<typeof factsSchema> & {
  readonly columns: number;
  readonly rows: number;
  readonly term?: string | undefined;
  /** The line that was run; undefined for a shell. */
  readonly command?: string | undefined;
  readonly environment: Readonly<Record<string, string>>;
};

/** The first two lines, each with its line break. */
export function formatHead(head: RecordingHead): string {
  const { columns, rows, term, command, environment, ...facts } = head;
  const cast: z.input<typeof castSchema> = {
    version: 3,
    term: { cols: columns, rows, ...(term === undefined ? {} : { type: term }) },
    timestamp: Math.floor(Date.parse(head.at) / 1_000),
    ...(command === undefined ? {} : { command }),
    title: `${head.representative}: ${head.kind} on ${head.device}`,
    env: { ...environment },
  };
  return `${JSON.stringify(cast)}\n${headMark}${JSON.stringify(facts)}\n`;
}

/**
 * Reads the first two lines.
 *
 * @param text without line breaks at the end
 * @throws recording-malformed
 */
export function parseHead(first: string, second: string): RecordingHead {
  if (first.length + second.length > headCap) throw malformed('its head is too long');
  if (!second.startsWith(headMark)) throw malformed('its second line is not the head of a recording');
  const cast = read(castSchema, first);
  const facts = read(factsSchema, second.slice(headMark.length));
  const { term, command, env } = cast;
  return {
    ...facts,
    columns: term.cols,
    rows: term.rows,
    term: term.type,
    command,
    environment: env,
  };
}

function read<T extends z.ZodType>(schema: T, text: string): z.output<T> {
  try {
    return parseFields(schema, JSON.parse(text));
  } catch (cause) {
    throw malformed('its head cannot be read', cause);
  }
}

const malformed = (reason: string, cause?: unknown): Error =>
  fail('recording-malformed', { details: { reason }, cause });
