import type { NetworkView } from '../network/index.ts';

/** What whoever looks after the firewall has to know, to be copied as it is. */
export function firewallText(site: {
  readonly host: string;
  readonly addresses: readonly string[];
  readonly ports: readonly number[];
  readonly network: Pick<NetworkView, 'interfaces' | 'dns'>;
  /** The proxy that is set. */
  readonly proxy?: string | undefined;
}): string {
  const { host, addresses, ports, network, proxy } = site;
  const own = network.interfaces
    .flatMap((one) => one.addresses)
    .filter(({ address }) => !/^(fe80:|169\.254\.)/i.test(address))
    .map(({ address }) => address);
  const at = addresses.length > 0 && !addresses.includes(host) ? ` (${addresses.join(', ')})` : '';
  const proxied =
    proxy === undefined
      ? []
      : [
          `The device is set to go by the proxy ${proxy}: then it is that one which has to be let through, and has to connect to ${host} on one of these ports.`,
        ];
  return [
    `Please allow outgoing TCP connections from ${own.slice(0, 8).join(', ') || 'this device'} to ${host}${at},`,
    `on port ${ports.join(', ')}. One of these ports is enough.`,
    'They are TLS 1.3 with certificates of our own: please except them from TLS inspection, and let them stand as long as they are used.',
    ...proxied,
    'Nothing has to be allowed in from the internet.',
  ].join('\n');
}
