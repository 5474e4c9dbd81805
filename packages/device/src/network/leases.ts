import { isIP } from 'node:net';
import { printable } from '@sallyport/protocol/text';

/** What a DHCP server told this device. */
export type Lease = {
  readonly interface: string;
  readonly gateways: readonly string[];
  readonly dns: readonly string[];
};

const addressesIn = (text: string | undefined): string[] =>
  (text ?? '')
    .split(/[\s,]+/)
    .filter((word) => isIP(word) !== 0)
    .slice(0, 16);

/** A lease of systemd-networkd: lines `NAME=VALUE`; its file is named after the interface's index. */
export function parseNetworkdLease(text: string, name: string): Lease {
  const value = (key: string): string | undefined => new RegExp(`^${key}=(.*)$`, 'm').exec(text)?.[1];
  return {
    interface: printable(name, 40),
    gateways: addressesIn(value('ROUTER')),
    dns: addressesIn(value('DNS')),
  };
}

/** The leases of dhclient: blocks of `option NAME VALUES;`. Of each interface the last one counts. */
export function parseDhclientLeases(text: string): Lease[] {
  const leases = new Map<string, Lease>();
  for (const [, block = ''] of text.matchAll(/^lease\s*\{([^}]*)\}/gm)) {
    const name = /^\s*interface\s+"([^"]{1,40})";/m.exec(block)?.[1];
    if (name === undefined) continue;
    const option = (key: string): string[] =>
      addressesIn(new RegExp(`^\\s*option ${key} ([^;]*);`, 'm').exec(block)?.[1]);
    leases.set(name, {
      interface: printable(name, 40),
      gateways: option('routers'),
      dns: option('domain-name-servers'),
    });
  }
  return [...leases.values()];
}

/** What `nmcli -t -f GENERAL.DEVICE,DHCP4.OPTION device show` says. */
export function parseNmcli(text: string): Lease[] {
  return text
    .split(/^GENERAL\.DEVICE:/m)
    .slice(1)
    .map((part) => {
      const option = (key: string): string[] =>
        addressesIn(new RegExp(`^DHCP4\\.OPTION\\[\\d+\\]:${key} = (.*)$`, 'm').exec(part)?.[1]);
      return {
        interface: printable(part.split('\n', 1)[0] ?? '', 40),
        gateways: option('routers'),
        dns: option('domain_name_servers'),
      };
    });
}

/** The servers of a resolver file; the resolver takes the first three. */
export function parseResolver(text: string): string[] {
  return [...text.matchAll(/^nameserver[ \t]+(\S+)/gm)]
    .map(([, address = '']) => address)
    .filter((address) => isIP(address.split('%')[0] ?? '') !== 0)
    .slice(0, 3);
}
