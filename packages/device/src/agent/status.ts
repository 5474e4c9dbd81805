import type { SallyportError } from '@sallyport/protocol/errors';
import { printable } from '@sallyport/protocol/text';
import { z } from 'zod';
import { channelKinds } from '../channels/index.ts';
import { endReasons } from '../grant/index.ts';
import { legNames, legStates, protections } from '../path/index.ts';

export const problemSchema = z.object({
  code: z.string(),
  text: z.string(),
  next: z.string().default(''),
  details: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
    .default({})
    .describe('What the sentences were filled with, for whoever has sentences of their own'),
});
export type Problem = z.infer<typeof problemSchema>;

const roundTripMs = z.number().min(0);
const time = z.string().describe('ISO 8601, UTC');
const key = z.string().describe('SHA-256 of the public key, hex');
const keyWords = z.string().describe('The key in six words, to compare on the telephone');

/** What a representative asks for, while a session is open. */
export const askedForSchema = z.object({
  scopes: z.array(z.string()).optional().describe('Those that the grant does not allow yet'),
  forMs: z
    .number()
    .optional()
    .describe('The grant is to go on for so long from the answer on, in milliseconds'),
});

const legSchema = z.object({
  leg: z.enum(legNames).describe('Where it leads: each but the first is the way from the one before it'),
  state: z.enum(legStates).describe('unknown: nothing tells'),
  roundTripMs: roundTripMs
    .optional()
    .describe(
      'relay: from the device to the relay and back. representative: from the device to them and back',
    ),
  protects: z
    .enum(protections)
    .optional()
    .describe('What protects the bytes on this leg now; left out while nothing of ours goes over it'),
  problem: problemSchema.optional(),
});

/** What everybody who may look at the agent sees: commands, page, API. Never the OTP's digits. */
export const statusSchema = z.object({
  state: z.enum(['disabled', 'waiting', 'open']),
  grant: z.string().optional(),
  ended: z.enum(endReasons).optional().describe('How the last grant ended; left out if there was none'),
  port: z.number().optional(),
  otp: z.enum(['live', 'spent', 'void']).optional(),
  endsAt: time.optional(),
  leftMs: z.number().optional(),
  scopes: z.array(z.string()),
  approval: z.boolean(),
  reference: z.string().optional(),
  problem: problemSchema
    .nullable()
    .describe(
      'Why the device cannot connect, or what did not end with the last session; null if there is neither',
    ),
  notices: z.array(problemSchema).describe('What somebody should know though it stops nothing'),
  tunnel: z.enum(['off', 'dialling', 'up', 'resting']),
  relay: z.object({ host: z.string(), device: z.string(), port: z.number().optional() }).nullable(),
  sessions: z.array(
    z.object({
      id: z.string(),
      representative: z.string(),
      key,
      keyWords,
      state: z.enum(['live', 'suspended']),
      paused: z.boolean().describe('Whether what the representative sends waits'),
      since: time,
      roundTripMs: roundTripMs
        .optional()
        .describe('To the representative and back, end to end, as last measured'),
      channels: z.array(
        z.object({
          id: z.number(),
          kind: z.enum(channelKinds),
          what: z.string(),
          since: time,
          bytesIn: z.number(),
          bytesOut: z.number(),
        }),
      ),
    }),
  ),
  waiting: z
    .array(z.object({ id: z.string(), representative: z.string(), key, keyWords, since: time }))
    .describe('Representatives who wait for an approval'),
  paired: z.array(z.object({ representative: z.string(), key, keyWords, since: time })),
  failures: z
    .array(
      z.object({
        representative: z.string(),
        key,
        keyWords,
        count: z.number(),
        blocked: z.enum(['failures', 'cut-off']).optional(),
      }),
    )
    .describe('Keys that failed to pair, or were cut off'),
  asks: z
    .array(
      z.object({
        id: z.string(),
        representative: z.string(),
        key,
        keyWords,
        session: z.string(),
        what: askedForSchema,
        why: z.string().describe('In the words of the representative, printable'),
        since: time,
        until: time.describe('No answer by then is a refusal'),
      }),
    )
    .describe('Representatives who are in, and ask for more'),
  refusals: z
    .array(
      z.object({
        representative: z.string(),
        key,
        keyWords,
        code: z.string().describe('Of an error'),
        text: z.string(),
        when: time.describe('The last time'),
        count: z.number().describe('How often, for this reason'),
        blocked: z.boolean().describe('Whether this key is kept out until the grant ends'),
      }),
    )
    .describe('Keys that came and were not let in since the last Enable: the newest 20, the newest first'),
  path: z
    .array(legSchema)
    .length(legNames.length)
    .describe('The way of a byte, leg by leg, as far as it is known'),
});
export type Status = z.infer<typeof statusSchema>;

/** An error as an administrator sees it. */
export function problemOf(error: SallyportError): Problem {
  const details = Object.entries(error.details).map(
    ([name, value]) => [name, typeof value === 'string' ? printable(value, 500) : value] as const,
  );
  return {
    code: error.code,
    text: printable(error.message, 500),
    next: error.next,
    details: Object.fromEntries(details),
  };
}
