import { BlockList, isIPv6 } from 'node:net';

/** Addresses that lead nowhere on the internet (RFC 6890, and what its registries have). */
const special = new BlockList();
for (const [net, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['224.0.0.0', 3],
] as const) {
  special.addSubnet(net, prefix, 'ipv4');
}
for (const [net, prefix] of [
  ['::', 127],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const) {
  special.addSubnet(net, prefix, 'ipv6');
}

/** Whether a host on the internet can have this address. */
export const isGlobal = (address: string): boolean =>
  !special.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
