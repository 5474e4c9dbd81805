import { z } from 'zod';
import { wireErrorSchema } from '../errors/index.ts';
import { longestGrantMs, scopesSchema, shortestGrantMs } from '../grant/index.ts';
import type { MessageOf, OutgoingOf } from '../wire/index.ts';

/** How long an administrator may take to answer, in milliseconds. No answer is a refusal. */
export const askMs = 600_000;
/** Of the reason that a representative gives, in characters. */
export const longestWhy = 500;

const leftMs = z.number().int().min(0).max(longestGrantMs);

/**
 * What a representative says on the channel `ask` of a session: once, in a frame of hello, which may come with the request.
 * The device answers the request when the administrator has been asked. Who closes the channel asks no more.
 */
export const fromAskerSchemas = {
  ask: z
    .object({
      /** What the grant is to allow besides. */
      scopes: scopesSchema.optional(),
      /** For how long the grant is to go on, from the answer on. */
      forMs: z.number().int().min(shortestGrantMs).max(longestGrantMs).optional(),
      why: z.string().trim().min(1).max(longestWhy),
    })
    .refine(({ scopes, forMs }) => scopes !== undefined || forMs !== undefined, 'asks for nothing'),
} as const;
export type FromAsker = MessageOf<typeof fromAskerSchemas>;
export type ToAsked = OutgoingOf<typeof fromAskerSchemas>;

/** What the device says on it: one message, and then it ends the channel. */
export const toAskerSchemas = {
  /** Yes: what the grant allows now, and how long it goes on. */
  granted: z.object({ scopes: scopesSchema, leftMs }),
  /** No: `ask-refused`, `ask-timed-out`, or what else was in the way. */
  refused: z.object({ error: wireErrorSchema }),
} as const;
export type ToAsker = OutgoingOf<typeof toAskerSchemas>;
