import { z } from 'zod';

const pem = z.string().min(1).max(30_000);

/** What an administrator wants of the web interface: what is left out stays. */
export const webWishSchema = z
  .strictObject({
    address: z.string().max(60).optional().describe('Where it listens: 192.168.1.7:443, 0.0.0.0:443'),
    certificate: z
      .union([z.literal('own'), z.strictObject({ certificate: pem, key: pem })])
      .optional()
      .describe("own: made by the device; or one in PEM, the issuers' after it, and its key"),
  })
  .refine((wish) => wish.address !== undefined || wish.certificate !== undefined, 'nothing is to be changed');
export type WebWish = z.output<typeof webWishSchema>;

export const webTrialSchema = z.object({
  certificate: z.enum(['own', 'uploaded', 'configured']).describe('Which one is used where there is TLS'),
  standing: z
    .object({
      id: z.string(),
      url: z.string().describe('Where the web interface is tried: it has to be confirmed there'),
      fingerprint: z.string().nullable(),
      leftMs: z.number().describe('Until it is taken back'),
      here: z.boolean().describe('Whether this request came by it, and so can confirm it'),
    })
    .nullable(),
  last: z
    .object({ id: z.string(), outcome: z.enum(['kept', 'taken-back']), at: z.string() })
    .nullable()
    .describe('How the last one since the start of the agent ended'),
});
export type WebTrialView = z.output<typeof webTrialSchema>;

/** What was set, as the state has it. An uploaded certificate is in files of this id. */
export const settingSchema = z.strictObject({
  address: z.string().optional(),
  certificate: z.union([
    z.literal('own'),
    z.literal('configured'),
    z.strictObject({ uploaded: z.string().regex(/^[0-9a-f]{16}$/) }),
  ]),
});
export type Setting = z.output<typeof settingSchema>;
