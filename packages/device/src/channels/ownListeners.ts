import { BlockList, isIPv4, isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { ListenerAddress } from './types.ts';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** One spelling for each address: without zone, IPv4 out of IPv6, and as the system writes it. */
export function plainAddress(address: string): string {
  const [bare = ''] = address.replace(/^\[|\]$/g, '').split('%');
  if (!isIPv6(bare)) return bare;
  const written = new URL(`http://[${bare}]/`).hostname.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(written);
  if (!mapped) return written;
  const number = Number.parseInt(mapped[1] ?? '', 16) * 65_536 + Number.parseInt(mapped[2] ?? '', 16);
  return [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join('.');
}

const isUnspecified = (address: string): boolean => address === '0.0.0.0' || address === '::';

const isLoopback = (address: string): boolean =>
  (isIPv4(address) && loopback.check(address, 'ipv4')) ||
  (isIPv6(address) && loopback.check(address, 'ipv6'));

/** Every address of this machine at this moment. */
function ownAddresses(): readonly string[] {
  return Object.values(networkInterfaces())
    .flatMap((interfaces) => interfaces ?? [])
    .map(({ address }) => plainAddress(address));
}

/**
 * Whether a connection to this address would reach a listener of the agent itself. Through one, a representative could
 * be taken for somebody on site: their request would bear no mark. Rather one address too many than one too few.
 */
export function reachesOwnListener(
  address: string,
  port: number,
  listeners: readonly ListenerAddress[],
  own: () => readonly string[] = ownAddresses,
): boolean {
  const target = plainAddress(address);
  return listeners
    .filter((listener) => listener.port === port)
    .map((listener) => plainAddress(listener.address))
    .some((listener) => {
      if (listener === target) return true;
      const home = isLoopback(target) || isUnspecified(target);
      if (isUnspecified(listener)) return home || own().includes(target);
      return home && (isLoopback(listener) || isUnspecified(target));
    });
}
