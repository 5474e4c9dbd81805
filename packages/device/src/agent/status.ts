import type { SallyportError } from '@sallyport/protocol/errors';
import { printable } from '@sallyport/protocol/text';
import { z } from 'zod';
import { channelKinds } from '../channels/index.ts';
import { endReasons } from '../grant/index.ts';

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

const time = z.string().describe('ISO 8601, UTC');
const key = z.string().describe('SHA-256 of the public key, hex');
const keyWords = z.string().describe('The key in six words, to compare on the telephone');

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
  problem: problemSchema.nullable().describe('Why the device cannot connect; null if it can, or need not'),
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
