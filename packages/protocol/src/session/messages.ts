import { z } from 'zod';
import { wireErrorSchema } from '../errors/index.ts';
import {
  grantIdSchema,
  longestGrantMs,
  portNumberSchema,
  scopesSchema,
  streamIdSchema,
} from '../grant/index.ts';
import { deviceIdSchema } from '../identity/names.ts';
import type { MessageOf, OutgoingOf } from '../wire/index.ts';

/** The largest frame of hello and pairing, in bytes: two bytes of length in front, big-endian, then JSON. */
export const helloFrameCap = 4 * 1024;

const generation = z
  .number()
  .int()
  .min(0)
  .max(2 ** 31);
const offset = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const base64url = (bytes: number): z.ZodString =>
  z.string().regex(new RegExp(`^[A-Za-z0-9_-]{${Math.ceil((bytes * 4) / 3)}}$`));

/** What the representative says on the inner TLS connection before there is a stream. */
export const fromRepresentativeSchemas = {
  /** Wants to pair by the OTP. */
  pair: z.object({ port: portNumberSchema }),
  /** Is paired with this grant, and wants a new session. */
  open: z.object({ port: portNumberSchema, grant: grantIdSchema }),
  /** Goes on with a stream whose connection broke. */
  resume: z.object({
    port: portNumberSchema,
    grant: grantIdSchema,
    stream: streamIdSchema,
    /** Above every generation used before. */
    generation,
    /** Offset of the next byte that the representative expects. */
    received: offset,
  }),
  /** CPace, first message: the representative's public share `Ya`. */
  share: z.object({ share: base64url(32) }),
  /** CPace, third message: the representative's confirmation tag `Ta`. Sent after its pin is stored. */
  confirm: z.object({ tag: base64url(64) }),
  /** Instead of `confirm`: `Tb` is not what this OTP gives. The answer is `refused`, with the tries that are left. */
  mismatch: z.object({}),
} as const;
export type FromRepresentative = MessageOf<typeof fromRepresentativeSchemas>;
export type ToDeviceHello = OutgoingOf<typeof fromRepresentativeSchemas>;

/** What the device says on the inner TLS connection before there is a stream. */
export const fromDeviceHelloSchemas = {
  /** A person is being asked; another answer follows, within two minutes. */
  wait: z.object({ for: z.literal('approval'), seconds: z.number().int().min(1).max(600) }),
  /** The answer to `pair`: go on with `share`. */
  ready: z.object({ grant: grantIdSchema, port: portNumberSchema }),
  /** CPace, second message: the device's share `Yb` and confirmation tag `Tb`. */
  proof: z.object({ share: base64url(32), tag: base64url(64) }),
  /** CPace, last message: the pin is stored, the OTP is spent. `open` may follow on the same connection. */
  ok: z.object({}),
  /** The answer to `open`: the stream begins after this frame. */
  opened: z.object({
    grant: grantIdSchema,
    port: portNumberSchema,
    device: deviceIdSchema,
    stream: streamIdSchema,
    scopes: scopesSchema,
    leftMs: z.number().int().min(0).max(longestGrantMs),
    /** The grant's SSH host key as in a known-hosts file: `ssh-ed25519 AAAA…`. */
    hostKey: z
      .string()
      .max(200)
      .regex(/^ssh-ed25519 [A-Za-z0-9+/=]{60,120}$/),
  }),
  /** The answer to `resume`: the stream goes on after this frame. */
  resumed: z.object({ received: offset }),
  /** The answer is no. The connection ends. */
  refused: z.object({ error: wireErrorSchema }),
} as const;
export type FromDeviceHello = MessageOf<typeof fromDeviceHelloSchemas>;
export type ToRepresentativeHello = OutgoingOf<typeof fromDeviceHelloSchemas>;
