import { formatDuration, longestGrantMs, scopesSchema, shortestGrantMs } from '@sallyport/protocol/grant';
import { z } from 'zod';
import { askedForSchema, statusSchema } from '../agent/status.ts';
import { clockStates } from '../state/index.ts';

const durationSchema = z
  .number()
  .int()
  .min(shortestGrantMs)
  .max(longestGrantMs)
  .describe(`Milliseconds, from ${formatDuration(shortestGrantMs)} to ${formatDuration(longestGrantMs)}`);

export const enableSchema = z.strictObject({
  forMs: durationSchema,
  scopes: scopesSchema.describe('terminal, files:read, files:write, web, tcp:HOST:PORT'),
  approval: z.boolean().default(false).describe('Whether a person on site is asked before somebody pairs'),
  reference: z.string().trim().min(1).max(200).optional().describe('A case number'),
});
export const extendSchema = z.strictObject({ forMs: durationSchema });
export const decisionSchema = z.strictObject({
  who: z.string().max(128).optional().describe('Id or name; may be left out while only one waits'),
  approved: z.boolean(),
});
export const cutSchema = z.strictObject({
  who: z.string().min(1).max(128).describe('Name, or the start of the SHA-256 of the key'),
});

export const pauseSchema = z.strictObject({
  who: z.string().min(1).max(128).describe('Name, or the start of the SHA-256 of the key'),
  paused: z.boolean(),
});

export const blockSchema = z.strictObject({
  key: z
    .string()
    .regex(/^[0-9a-f]{8,64}$/)
    .describe('SHA-256 of the key, hex, or at least the first eight digits of it'),
});
export const answerSchema = z.strictObject({ granted: z.boolean() });

const otp = z.string().describe('Nine digits, such as 482-190-375');
export const enabledSchema = statusSchema.extend({ otp });
export const passwordSchema = z.object({
  state: z.enum(['live', 'spent', 'void']),
  otp: otp.optional(),
  port: z.number().optional(),
});
const whoSchema = z.object({ representative: z.string(), key: z.string() });
export const decidedSchema = whoSchema.extend({ id: z.string(), approved: z.boolean() });
export const cutAnswerSchema = z.object({ cut: z.array(whoSchema) });
export const blockedSchema = z.object({ blocked: z.array(whoSchema) });
export const answeredSchema = whoSchema.extend({
  id: z.string(),
  what: askedForSchema,
  granted: z.boolean(),
});
export const pausedSchema = z.object({ paused: z.boolean(), who: z.array(whoSchema) });
export const auditQuerySchema = z.strictObject({
  before: z.coerce
    .number()
    .int()
    .min(1)
    .optional()
    .describe('Only what is older than the entry of this number'),
  limit: z.coerce.number().int().min(1).max(200).default(200),
  grant: z.string().max(64).optional().describe('Only what is about this grant'),
  session: z.string().max(64).optional().describe('Only what is about this session'),
  event: z.string().max(64).optional().describe('Only events of this name'),
  who: z.string().max(128).optional().describe('Only what is about this representative or administrator'),
});
export const auditSchema = z.object({
  entries: z
    .array(
      z.object({
        seq: z.number(),
        at: z.string().describe('ISO 8601, UTC'),
        event: z.string(),
        fields: z.record(z.string(), z.unknown()),
        hash: z.string(),
        clock: z
          .enum(clockStates)
          .optional()
          .describe("Whether `at` is right by the relay's time, the device's own word, or known to be wrong"),
        offMs: z.number().optional().describe('How far `at` is ahead of the time of the relay'),
        upMs: z.number().optional().describe('Milliseconds since boot'),
      }),
    )
    .describe('The newest first'),
});
export { statusSchema };
