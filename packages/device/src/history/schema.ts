import { z } from 'zod';
import { channelKinds } from '../channels/index.ts';
import { clockStates } from '../state/index.ts';

const time = z.string().describe('ISO 8601, UTC, by the clock of the device at that moment');
const count = z.number().int().min(0);

const seq = count.describe('The number of the entry in the audit log');

/** Of each list in one grant or session, so that no page grows without bound; what is beyond is counted. */
export const listCap = 1_000;

export const historyQuerySchema = z.strictObject({
  from: z.iso.datetime().optional().describe('Enabled at this time or later'),
  to: z.iso.datetime().optional().describe('Enabled at this time or earlier'),
  representative: z.string().min(1).max(128).optional().describe('Only grants in which this one paired'),
  reference: z.string().min(1).max(200).optional().describe('Only grants whose reference contains this'),
  before: z.coerce
    .number()
    .int()
    .min(1)
    .optional()
    .describe('The `seq` of the last grant of the page before'),
  limit: z.coerce.number().int().min(1).max(100).default(50),
});
export type HistoryQuery = z.output<typeof historyQuerySchema>;

const summary = {
  /** The number of the entry in the audit log by which it began. */
  seq: count,
  grant: z.string().describe('Its id'),
  ports: z.array(z.number()).describe('The port numbers it had, the last one last'),
  reference: z.string().optional(),
  scopes: z.array(z.string()),
  approval: z.boolean(),
  enabledBy: z.string().optional().describe('An administrator, or root by a command'),
  clock: z.enum(clockStates).optional().describe('How the clock of the device stood when it was enabled'),
  from: time,
  to: time.optional().describe('Missing while it is open'),
  why: z.string().optional().describe('disabled or expired'),
  endedBy: z.string().optional(),
  representatives: z
    .array(z.object({ name: z.string(), key: z.string(), keyWords: z.string() }))
    .describe('Who paired'),
  sessions: count.describe('How many sessions there were'),
};

export const historySchema = z.object({
  grants: z.array(z.object(summary)).describe('The newest first'),
});

const exit = z.union([z.object({ code: z.number() }), z.object({ signal: z.string() })]);

export const historySessionSchema = z.object({
  id: z.string(),
  representative: z.string(),
  key: z.string().optional(),
  keyWords: z.string().optional(),
  from: time,
  to: time.optional().describe('Missing while it goes on, and where the agent was killed'),
  why: z.string().optional().describe('A code of docs/errors.md'),
  endedBy: z.string().optional(),
  suspended: z.array(z.object({ from: time, to: time.optional() })).describe('When its connection was lost'),
  channels: z.array(
    z.object({
      id: z.number(),
      kind: z.enum(channelKinds).or(z.string()),
      what: z.string(),
      from: time,
      to: time.optional(),
      bytesIn: count.optional().describe('From the representative to the device'),
      bytesOut: count.optional(),
      exit: exit.optional(),
      recording: z.string().optional(),
    }),
  ),
  files: z.array(
    z.object({
      seq,
      at: time,
      channel: z.number(),
      path: z.string(),
      to: z.string().optional().describe('The new name'),
      what: z.string().describe('read, write, rename, remove …'),
      direction: z.string().optional(),
      created: z.boolean().optional(),
      bytesRead: count.optional(),
      bytesWritten: count.optional(),
      sha256: z.string().optional(),
      result: z.string().optional(),
    }),
  ),
  refusals: z.array(
    z.object({ seq, at: time, what: z.string(), scope: z.string().optional(), path: z.string().optional() }),
  ),
  receipt: z
    .object({ hash: z.string(), signed: z.enum(['both', 'device', 'disputed']) })
    .optional()
    .describe(
      'The statement of it: whether both signed it, the device alone, or the representative that it is wrong',
    ),
  more: count.describe('Channels, files and refusals beyond those that are listed'),
});

/** One grant, with all that happened in it. */
export const historyGrantSchema = z.object({
  ...summary,
  sessions: z.array(historySessionSchema),
  refusals: z
    .array(
      z.object({
        seq,
        at: time,
        event: z.string(),
        representative: z.string(),
        key: z.string().optional(),
        code: z.string().optional(),
      }),
    )
    .describe('Who was not let in, and why'),
  acts: z
    .array(
      z.object({
        seq,
        at: time,
        event: z.string(),
        by: z.string().optional(),
        fields: z.record(z.string(), z.unknown()),
      }),
    )
    .describe('What administrators did'),
  entries: count.describe('How many entries of the audit log it was made of'),
  truncated: z.boolean().describe('Whether there are more entries than were read'),
});
export type HistoryGrant = z.input<typeof historyGrantSchema>;
export type HistorySession = z.input<typeof historySessionSchema>;
export type HistorySummary = z.input<typeof historySchema>['grants'][number];
