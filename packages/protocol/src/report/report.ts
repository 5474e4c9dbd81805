import { z } from 'zod';

const time = z.string().describe('ISO 8601, UTC');
const count = z.number().int().min(0);
const exit = z.union([z.object({ code: z.number() }), z.object({ signal: z.string() })]);

/** One thing that a representative did, or was refused. */
const deed = z.object({
  at: time,
  to: time.optional(),
  representative: z.string(),
  session: z.string(),
  kind: z
    .enum(['terminal', 'command', 'files', 'web', 'tcp', 'file', 'refused'])
    .or(z.string())
    .describe('A channel, what was done with a file, or what was not allowed'),
  what: z.string().describe('The command, the address, the path'),
  act: z.string().optional().describe('Of a file: read, write, both, renamed, removed …'),
  newName: z.string().optional(),
  bytesIn: count.optional().describe('From the representative to the device'),
  bytesOut: count.optional(),
  exit: exit.optional(),
  sha256: z.string().optional().describe('Of the file'),
  result: z.string().optional(),
  recording: z.string().optional(),
});

/** All that there is to say about one grant, whichever side says it. */
export const reportSchema = z.object({
  v: z.literal(1),
  side: z.enum(['device', 'representative']).describe('Who made it: by what this side knows itself'),
  madeAt: time,
  clock: z.enum(['relay', 'own', 'wrong']).optional().describe('How the clock stood when the grant began'),
  device: z.object({
    id: z.string(),
    name: z.string().optional(),
    maker: z.string().optional(),
    relay: z.string().optional().describe('By which everybody came'),
  }),
  grant: z.object({
    id: z.string(),
    ports: z.array(z.number()),
    reference: z.string().optional(),
    scopes: z.array(z.string()),
    approval: z.boolean().optional(),
    enabledBy: z.string().optional(),
    from: time.optional(),
    to: time.optional().describe('Missing while it is open'),
    why: z.string().optional(),
    endedBy: z.string().optional(),
  }),
  people: z
    .array(
      z.object({
        name: z.string(),
        key: z.string(),
        keyWords: z.string(),
        from: time.optional(),
        to: time.optional(),
        sessions: count,
      }),
    )
    .describe('Who came'),
  deeds: z.array(deed).describe('What they did, the oldest first'),
  notLetIn: z.array(
    z.object({ at: time, representative: z.string(), key: z.string().optional(), why: z.string() }),
  ),
  acts: z
    .array(z.object({ at: time, event: z.string(), by: z.string().optional(), whom: z.string().optional() }))
    .describe('What administrators did'),
  recordings: z.array(
    z.object({
      id: z.string(),
      session: z.string().optional(),
      what: z.string().optional(),
      from: time.optional(),
      bytes: count.optional(),
      head: z.string().optional().describe('SHA-256 of all before its last seal'),
      state: z.string().optional(),
    }),
  ),
  sessions: z.array(
    z.object({
      id: z.string(),
      representative: z.string(),
      from: time,
      to: time.optional(),
      why: z.string().optional().describe('A code of docs/errors.md'),
      lost: count.describe('How often its connection was lost'),
      receipt: z
        .object({ hash: z.string(), signed: z.enum(['both', 'device', 'representative', 'disputed']) })
        .optional(),
    }),
  ),
  left: count.describe('Lines that are left out here, because there were too many'),
});
export type Report = z.output<typeof reportSchema>;
export type Deed = z.output<typeof deed>;

export const reportFormats = ['html', 'pdf', 'json'] as const;
export type ReportFormat = (typeof reportFormats)[number];
export const reportLanguages = ['en', 'de'] as const;
export type ReportLanguage = (typeof reportLanguages)[number];

/** Of what somebody did, so many lines are on the page; the rest is counted. */
export const deedsCap = 5_000;
