import { grantIdSchema, portNumberSchema } from '@sallyport/protocol/grant';
import { deviceIdSchema, sha256HexSchema } from '@sallyport/protocol/identity';
import { z } from 'zod';

/** What the representative keeps of a pairing: which device's key stands behind a grant. */
export const pinSchema = z.object({
  v: z.literal(1),
  grant: grantIdSchema,
  port: portNumberSchema,
  device: deviceIdSchema,
  /** SHA-256 of the device's public key (SPKI). */
  deviceKey: sha256HexSchema,
  /** SHA-256 of the representative's own public key: a new identity is paired with nothing. */
  ownKey: sha256HexSchema,
  /** The grant's SSH host key as in a known-hosts file, once a session told it. */
  hostKey: z
    .string()
    .max(200)
    .regex(/^ssh-ed25519 [A-Za-z0-9+/=]{60,120}$/)
    .optional(),
  /** Wall clock, milliseconds since 1970. */
  pairedAt: z.number().int().min(0),
});
export type Pin = z.output<typeof pinSchema>;

/** The largest file of a pin, in bytes. */
export const pinCap = 4 * 1024;

/** A grant lasts 24 hours at most from Enable, whatever is extended; a pin is of no use after that. */
export const pinLifeMs = 25 * 3_600_000;
