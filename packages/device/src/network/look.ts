import { globSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { parseAddresses, parseGateways, parseSilent } from './ip.ts';
import { type Lease, parseDhclientLeases, parseNetworkdLease, parseNmcli, parseResolver } from './leases.ts';
import { gatewaysOfProc, silentOfProc } from './proc.ts';
import { ask } from './run.ts';
import type { NetworkInterface, NetworkView } from './view.ts';

/** The largest file that is looked at, in bytes. */
const fileCap = 256 * 1024;
const dhclientFiles = ['/var/lib/dhcp/dhclient*.leases', '/var/lib/dhclient/dhclient*.leases'];
const networkdFolder = '/run/systemd/netif/leases';
/** Where systemd-resolved says whom it asks itself: the resolver file names only its own address. */
const resolvedFile = '/run/systemd/resolve/resolv.conf';

/** How the network of this machine is set up, as far as its own programs and files tell. Changes nothing. */
export async function lookAtNetwork(): Promise<NetworkView> {
  const [addresses, four, six, nmcli] = await Promise.all([
    ask('ip', ['-j', 'address']),
    ask('ip', ['-j', '-4', 'route']),
    ask('ip', ['-j', '-6', 'route']),
    ask('nmcli', ['-t', '-f', 'GENERAL.DEVICE,DHCP4.OPTION', 'device', 'show']),
  ]);
  const interfaces = parsed(addresses, parseAddresses) ?? interfacesOfNode();
  const gateways = [
    ...(parsed(four, (json) => parseGateways(json, 4)) ?? gatewaysOfProc(read('/proc/net/route'))),
    ...(parsed(six, (json) => parseGateways(json, 6)) ?? []),
  ];
  const leases = [...leasesOfFiles(), ...(parsed(nmcli, parseNmcli) ?? [])];
  const told = new Set(leases.flatMap(({ dns }) => dns));
  const servers = resolvers();
  const offered = leases.flatMap(({ interface: name, gateways: offers }) =>
    offers.map((gateway) => ({ interface: name, gateway })),
  );
  return {
    interfaces,
    gateways,
    offered: offered.slice(0, 64),
    dns: servers.map((address) => ({
      address,
      by: told.has(address) ? ('dhcp' as const) : ('file' as const),
    })),
  };
}

/** Neighbours that were asked for, and have not answered so far. */
export async function silentNeighbours(): Promise<{ interface: string; address: string }[]> {
  return parsed(await ask('ip', ['-j', 'neigh']), parseSilent) ?? silentOfProc(read('/proc/net/arp'));
}

/** The DNS servers of this machine, as the resolver asks them. */
export function resolvers(): string[] {
  const servers = parseResolver(read('/etc/resolv.conf'));
  if (servers.length !== 1 || servers[0] !== '127.0.0.53') return servers;
  const behind = parseResolver(read(resolvedFile));
  return behind.length > 0 ? behind : servers;
}

function leasesOfFiles(): Lease[] {
  const networkd = files(join(networkdFolder, '*')).flatMap((file) => {
    const index = /(\d+)$/.exec(file)?.[1];
    const name = index === undefined ? undefined : interfaceOf(index);
    return name === undefined ? [] : [parseNetworkdLease(read(file), name)];
  });
  return [...networkd, ...dhclientFiles.flatMap(files).flatMap((file) => parseDhclientLeases(read(file)))];
}

function interfaceOf(index: string): string | undefined {
  return interfaceNames().find((name) => read(`/sys/class/net/${name}/ifindex`).trim() === index);
}

function interfaceNames(): string[] {
  try {
    return readdirSync('/sys/class/net').slice(0, 256);
  } catch {
    return [];
  }
}

/** Where `ip` is missing. An interface without an address is not seen then. */
function interfacesOfNode(): NetworkInterface[] {
  return Object.entries(networkInterfaces())
    .filter(([, addresses]) => addresses?.some(({ internal }) => !internal))
    .map(([name, addresses = []]) => ({
      name,
      hardware: addresses[0]?.mac ?? '',
      up: true,
      link: read(`/sys/class/net/${name}/carrier`).trim() !== '0',
      mtu: Number(read(`/sys/class/net/${name}/mtu`).trim()) || 0,
      addresses: addresses.map(({ address, family, cidr }) => ({
        address,
        prefix: Number(cidr?.split('/')[1] ?? 0),
        family: family === 'IPv4' ? (4 as const) : (6 as const),
      })),
    }));
}

function parsed<T>(text: string | undefined, parse: (text: string) => T): T | undefined {
  if (text === undefined) return undefined;
  try {
    return parse(text);
  } catch {
    // A version of the program that answers otherwise: as if it were not there.
    return undefined;
  }
}

function files(pattern: string): string[] {
  try {
    return globSync(pattern).slice(0, 64);
  } catch {
    return [];
  }
}

function read(file: string): string {
  try {
    return statSync(file).size > fileCap ? '' : readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
