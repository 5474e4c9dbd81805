import { z } from 'zod';

const address = z.object({
  address: z.string(),
  prefix: z.number(),
  family: z.union([z.literal(4), z.literal(6)]),
  by: z.enum(['dhcp', 'hand', 'router', 'self']).optional().describe('Who set it, where that is known'),
});
const gateway = z.object({
  interface: z.string(),
  address: z.string().describe('Empty where packets go out without a router'),
  family: z.union([z.literal(4), z.literal(6)]),
  metric: z.number().describe('The lowest is used'),
  by: z.enum(['dhcp', 'hand', 'router']).optional(),
});

/** The network as the device has it. Foreign text in it is printable, and short. */
export const networkSchema = z.object({
  interfaces: z.array(
    z.object({
      name: z.string(),
      hardware: z.string().describe('Its MAC address; empty if it has none'),
      up: z.boolean().describe('Whether it is turned on'),
      link: z.boolean().describe('Whether something is at the other end of the cable'),
      mtu: z.number(),
      addresses: z.array(address),
    }),
  ),
  gateways: z.array(gateway).describe('The default gateways, the one that is used first for each family'),
  offered: z
    .array(z.object({ interface: z.string(), gateway: z.string() }))
    .describe('What DHCP servers offered as gateway'),
  dns: z.array(
    z.object({
      address: z.string(),
      by: z.enum(['dhcp', 'file']).describe('dhcp: a DHCP server told it; file: it is in the resolver file'),
    }),
  ),
});
export type NetworkView = z.infer<typeof networkSchema>;
export type NetworkInterface = NetworkView['interfaces'][number];
export type Gateway = NetworkView['gateways'][number];
