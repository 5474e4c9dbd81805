import { z } from 'zod';
import type { NetworkWish } from './wish.ts';

/** What becomes of changes of the network, as the page tells it. */
export const trialSchema = z.object({
  standing: z
    .object({
      id: z.string(),
      interface: z.string(),
      leftMs: z.number().describe('Until it is taken back'),
      address: z.string().nullable().describe('What the port has then; null where DHCP gives it'),
      stuck: z.string().nullable().describe('Why it could not be taken back so far; it is tried again'),
    })
    .nullable(),
  spoiled: z
    .string()
    .nullable()
    .describe('Where the file lies of a change that cannot be taken back, since the file is spoiled'),
  last: z
    .object({
      id: z.string(),
      interface: z.string(),
      at: z.string().describe('ISO 8601, UTC'),
      outcome: z.enum(['kept', 'taken-back', 'failed']),
      reason: z.string().optional(),
    })
    .nullable()
    .describe('How the last one since the start of the agent ended'),
});
export type TrialView = z.output<typeof trialSchema>;

/** The address that a port has then; null where DHCP gives it. */
export const addressIn = ({ ipv4 }: NetworkWish): string | null =>
  ipv4.method === 'hand' ? ipv4.address : null;

/** A wish as the audit log has it. */
export function told({ interface: name, ipv4 }: NetworkWish): {
  readonly interface: string;
  readonly what: string;
} {
  if (ipv4.method === 'dhcp') return { interface: name, what: 'DHCP' };
  const { address, prefix, gateway, dns } = ipv4;
  const words = [
    `${address}/${prefix}`,
    gateway === null ? '' : `gateway ${gateway}`,
    dns.length > 0 ? `DNS ${dns.join(' ')}` : '',
  ];
  return { interface: name, what: words.filter(Boolean).join(', ') };
}
