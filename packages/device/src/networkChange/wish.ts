import { isIPv4 } from 'node:net';
import { z } from 'zod';
import { fail } from '../errors/index.ts';
import { interfaceNameSchema } from '../network/index.ts';

const address = z.string().max(15);

/** How an administrator wants one network port to be, in IPv4. */
export const networkWishSchema = z.strictObject({
  interface: interfaceNameSchema,
  ipv4: z.discriminatedUnion('method', [
    z.strictObject({ method: z.literal('dhcp') }),
    z.strictObject({
      method: z.literal('hand'),
      address: address.describe('Such as 192.168.1.7'),
      prefix: z.number().int().min(1).max(30).describe('The bits of its mask: 24 for 255.255.255.0'),
      gateway: address.nullable().describe('null where nothing leads out by this port'),
      dns: z.array(address).max(3).describe('DNS servers; none where other ports have them'),
    }),
  ]),
});
export type NetworkWish = z.output<typeof networkWishSchema>;
export type ByHand = Extract<NetworkWish['ipv4'], { method: 'hand' }>;

/** What is wrong with a value of a wish. */
export const wishFaults = [
  'no-address',
  'no-host',
  'is-network',
  'is-broadcast',
  'other-network',
  'own-address',
  'taken-here',
] as const;
type WishFault = (typeof wishFaults)[number];
type WishField = 'address' | 'gateway' | 'dns';

/**
 * Refuses what cannot work whatever the network is like.
 *
 * @param others addresses of this device's other network ports
 * @throws network-value-wrong, with the field and what is wrong with it
 */
export function mustBePossible({ ipv4 }: NetworkWish, others: readonly string[]): void {
  if (ipv4.method === 'dhcp') return;
  const { address: own, prefix, gateway, dns } = ipv4;
  const size = 2 ** (32 - prefix);
  const netOf = (text: string): number => Math.floor(numberOf(text) / size);
  const check = (field: WishField, text: string): void => {
    if (!isIPv4(text)) throw wrong(field, 'no-address', text);
    if (isNoHost(text)) throw wrong(field, 'no-host', text);
  };
  check('address', own);
  if (numberOf(own) % size === 0) throw wrong('address', 'is-network', own);
  if (numberOf(own) % size === size - 1) throw wrong('address', 'is-broadcast', own);
  if (others.includes(own)) throw wrong('address', 'taken-here', own);
  if (gateway !== null) {
    check('gateway', gateway);
    if (gateway === own) throw wrong('gateway', 'own-address', gateway);
    if (netOf(gateway) !== netOf(own)) throw wrong('gateway', 'other-network', gateway);
    if (numberOf(gateway) % size === 0) throw wrong('gateway', 'is-network', gateway);
    if (numberOf(gateway) % size === size - 1) throw wrong('gateway', 'is-broadcast', gateway);
  }
  // A resolver of this device itself is one, too.
  for (const server of dns) if (!/^127\.\d+\.\d+\.\d+$/.test(server) || !isIPv4(server)) check('dns', server);
}

const wrong = (field: WishField, reason: WishFault, value: string): Error =>
  fail('network-value-wrong', { details: { field, reason, value: value.slice(0, 40) } });

const numberOf = (text: string): number => text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);

/** What no host in a network can have: 0/8, loopback, multicast and what is reserved (RFC 6890). */
function isNoHost(text: string): boolean {
  const first = Number(text.split('.')[0]);
  return first === 0 || first === 127 || first >= 224;
}
