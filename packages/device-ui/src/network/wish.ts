import { maskOf, prefixOf } from './mask.ts';
import type { Interface, Network, Wish } from './network.ts';

/** What is typed about one network port. */
export type Values = {
  readonly method: 'dhcp' | 'hand';
  readonly address: string;
  readonly mask: string;
  readonly gateway: string;
  readonly dns: string;
};

/** The longest IPv4 address, in characters. */
const longest = 15;

export const serversIn = (text: string): string[] => text.split(/[\s,;]+/).filter((word) => word !== '');

/** Whether an address in it is longer than any: cut off it would be another one. */
export const isTooLong = (text: string): boolean => serversIn(text).some(({ length }) => length > longest);

/** What stands in the form at first: how the port is now. */
export function valuesOf({ name, addresses }: Interface, { gateways, dns }: Network): Values {
  const own = addresses.find(({ family }) => family === 4);
  return {
    method: own?.by === 'hand' ? 'hand' : 'dhcp',
    address: own?.address ?? '',
    mask: maskOf(own?.prefix ?? 24),
    gateway: gateways.find((one) => one.interface === name && one.family === 4)?.address ?? '',
    dns: dns
      .map(({ address }) => address)
      .filter((address) => !address.includes(':'))
      .join(', '),
  };
}

/** Undefined where the mask, the number of servers or the length of an address is wrong: the device judges the rest. */
export function wishOf({ method, address, mask, gateway, dns }: Values): Wish['ipv4'] | undefined {
  if (method === 'dhcp') return { method };
  const prefix = prefixOf(mask);
  const servers = serversIn(dns);
  if (prefix === undefined || servers.length > 3) return undefined;
  if ([address, gateway, dns].some(isTooLong)) return undefined;
  return {
    method,
    address: address.trim(),
    prefix,
    gateway: gateway.trim() === '' ? null : gateway.trim(),
    dns: servers,
  };
}
