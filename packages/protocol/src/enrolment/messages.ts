import { z } from 'zod';
import { grantIdSchema, portNumberSchema, scopesSchema } from '../grant/index.ts';
import { deviceIdSchema, hostSchema, representativeIdSchema } from '../identity/names.ts';

/** The largest body of a request to the relay's API, in bytes, and of its answer. */
export const requestCap = 64 * 1024;
export const answerCap = 8 * 1024 * 1024;

const pem = z.string().max(8_192).startsWith('-----BEGIN ');

/** `POST /v1/enrolments` (a device) and `POST /v1/logins` (a representative). */
export const joinRequestSchema = z.object({
  v: z.literal(1),
  /** The secret of the token or invitation. */
  secret: z.string().regex(/^[A-Za-z0-9_-]{16,64}$/),
  /** PKCS #10, PEM, signed by the key that was just made. The relay chooses the name, not the request. */
  request: pem,
  /** What people call the device; the representative's computer. */
  name: z.string().max(100).optional(),
});

/** What a new certificate comes with. */
export const joinAnswerSchema = z.object({
  v: z.literal(1),
  id: z.string().max(128),
  /** The leaf, PEM. */
  certificate: pem,
  /** The pinned authority, PEM each. The receiver checks root and intermediates before it keeps them. */
  authority: z.object({ root: pem, relay: pem, device: pem, representative: pem }),
  /** The relay's time, milliseconds since 1970. */
  now: z.number().int().min(0),
});

/** `POST /v1/renewals`: proof of the same key by TLS; the same public key comes back under new dates. */
export const renewalRequestSchema = z.object({ v: z.literal(1) });
export const renewalAnswerSchema = z.object({
  v: z.literal(1),
  certificate: pem,
  now: z.number().int().min(0),
});
/** How long after its end a certificate is still renewed by proof of the same key (design, section 5). */
export const renewalGraceMs = 30 * 24 * 3_600_000;

/** `GET /v1/grants`: the open grants, for representatives. */
export const grantListSchema = z.object({
  v: z.literal(1),
  grants: z
    .array(
      z.object({
        grant: grantIdSchema,
        port: portNumberSchema,
        device: deviceIdSchema,
        name: z.string().max(100).default(''),
        /** ISO 8601, UTC. */
        endsAt: z.string().max(40),
        scopes: scopesSchema,
        approval: z.boolean().default(false),
        reference: z.string().max(200).optional(),
        /** Whether the device's tunnel stands at the moment. */
        connected: z.boolean(),
      }),
    )
    .max(20_000),
});
export type GrantList = z.infer<typeof grantListSchema>;

/** `GET /v1/whoami`: how the relay sees the caller. */
export const whoamiSchema = z.object({
  v: z.literal(1),
  id: representativeIdSchema.or(deviceIdSchema),
  role: z.enum(['device', 'representative']),
  /** For a representative: what they may do in the console. */
  rank: z.enum(['support', 'admin']).optional(),
  relay: hostSchema,
  now: z.number().int().min(0),
});
