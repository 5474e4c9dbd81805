import type { NetworkView } from '../network/index.ts';
import type { ConnectionTest } from './view.ts';

export type FirewallFacts = NonNullable<ConnectionTest['firewallFacts']>;

/** From where to where whoever looks after the firewall has to let the device through. */
export function firewallFacts(site: {
  readonly host: string;
  readonly addresses: readonly string[];
  readonly ports: readonly number[];
  readonly network: Pick<NetworkView, 'interfaces'>;
  /** The proxy that is set. */
  readonly proxy?: string | undefined;
}): FirewallFacts {
  const { host, addresses, ports, network, proxy } = site;
  const own = network.interfaces
    .flatMap((one) => one.addresses)
    .filter(({ address }) => !/^(fe80:|169\.254\.)/i.test(address))
    .map(({ address }) => address);
  return {
    from: own.slice(0, 8),
    host,
    addresses: addresses.includes(host) ? [] : [...addresses],
    ports: [...ports],
    ...(proxy === undefined ? {} : { proxy }),
  };
}

/** The same in words, to be copied as it is. */
export function firewallText({ from, host, addresses, ports, proxy }: FirewallFacts): string {
  const at = addresses.length > 0 ? ` (${addresses.join(', ')})` : '';
  const proxied =
    proxy === undefined
      ? []
      : [
          `The device is set to go by the proxy ${proxy}: then it is that one which has to be let through, and has to connect to ${host} on one of these ports.`,
        ];
  return [
    `Please allow outgoing TCP connections from ${from.join(', ') || 'this device'} to ${host}${at},`,
    `on port ${ports.join(', ')}. One of these ports is enough.`,
    'They are TLS 1.3 with certificates of our own: please except them from TLS inspection, and let them stand as long as they are used.',
    ...proxied,
    'Nothing has to be allowed in from the internet.',
  ].join('\n');
}
