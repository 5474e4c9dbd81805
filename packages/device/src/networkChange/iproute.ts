import { z } from 'zod';
import { type DhcpClient, dhcpClients, type Step } from './steps.ts';
import type { NetworkWish } from './wish.ts';

const text = z.string().max(200);
/** An address of `ip -j -4 address show dev X`. */
const addressesSchema = z
  .array(
    z.object({
      flags: z.array(text).default([]),
      addr_info: z
        .array(
          z.object({
            local: text,
            prefixlen: z.number().int(),
            broadcast: text.optional(),
            label: text.optional(),
            scope: text.optional(),
            dynamic: z.boolean().default(false),
            valid_life_time: z.number().optional(),
            preferred_life_time: z.number().optional(),
          }),
        )
        .max(64)
        .default([]),
    }),
  )
  .max(8);
/** A route of `ip -j -4 route show dev X`. */
const routesSchema = z
  .array(
    z.object({
      dst: text,
      gateway: text.optional(),
      protocol: text.optional(),
      scope: text.optional(),
      prefsrc: text.optional(),
      metric: z.number().optional(),
      flags: z.array(text).default([]),
    }),
  )
  .max(1_000);

/** How a network port is, in IPv4, before it is changed. */
export type Snapshot = {
  readonly interface: string;
  readonly up: boolean;
  readonly addresses: z.output<typeof addressesSchema>[number]['addr_info'];
  readonly routes: z.output<typeof routesSchema>;
  /** What the resolver file says; undefined where there is none that can be read. */
  readonly resolver: string | undefined;
  /** Whether systemd-resolved answers in the place of that file. */
  readonly resolved: boolean;
  readonly dhcp: readonly DhcpClient[];
  /** Those of `dhcpClients` that are installed. */
  readonly installed: readonly string[];
};

/** Of what `ip` says. @throws what is no such answer */
export function readSnapshot(
  name: string,
  said: { readonly addresses: string; readonly routes: string },
  rest: Pick<Snapshot, 'resolver' | 'resolved' | 'dhcp' | 'installed'>,
): Snapshot {
  const [found] = addressesSchema.parse(JSON.parse(said.addresses));
  return {
    interface: name,
    up: found?.flags.includes('UP') ?? false,
    addresses: found?.addr_info ?? [],
    routes: routesSchema.parse(JSON.parse(said.routes || '[]')),
    ...rest,
  };
}

const ip = (words: string, optional = false): Step => ({
  do: 'run',
  program: 'ip',
  args: words.split(' ').filter((word) => word !== ''),
  optional,
});

/**
 * The steps by which iproute2 makes a network port as it is wished, and those that take it back. Routes by this port that
 * are neither the default nor the kernel's own stay where they still lead somewhere. Undefined where nothing could ask
 * for an address by DHCP. A resolver file that cannot be read is left alone.
 */
export function planByIproute(
  { interface: name, ipv4 }: NetworkWish,
  now: Snapshot,
): { readonly apply: readonly Step[]; readonly back: readonly Step[] } | undefined {
  const client = dhcpCommand(name, now);
  if (ipv4.method === 'dhcp' && !client) return undefined;
  const emptied: Step[] = [
    { do: 'end-dhcp', interface: name },
    ip(`link set dev ${name} up`),
    ip(`-4 address flush dev ${name}`),
  ];
  const apply: Step[] =
    ipv4.method === 'dhcp'
      ? [...emptied, { do: 'start-dhcp', interface: name, command: [...(client ?? [])] }]
      : [
          ...emptied,
          ip(`address add ${ipv4.address}/${ipv4.prefix} broadcast + dev ${name}`),
          ...now.routes
            .filter(isOther)
            .map((route) => ip(`-4 route replace ${routeWords(route, name)}`, true)),
          ...(ipv4.gateway === null
            ? []
            : [ip(`-4 route replace default via ${ipv4.gateway} dev ${name} proto static`)]),
          ...resolverSteps(name, ipv4.dns, now),
        ];
  return { apply, back: stepsBack(now, emptied) };
}

/** What was, again. */
function stepsBack(now: Snapshot, emptied: readonly Step[]): Step[] {
  const { interface: name, up, addresses, routes, resolver, resolved, dhcp } = now;
  return [
    ...emptied,
    ...addresses.map((one) => ip(`address replace ${addressWords(one)} dev ${name}`)),
    // Those that lead to a gateway come after those that lead to its network.
    ...routes
      .filter(({ protocol }) => protocol !== 'kernel')
      .toSorted((one, two) => Number(one.gateway !== undefined) - Number(two.gateway !== undefined))
      .map((route) => ip(`-4 route replace ${routeWords(route, name)}`)),
    ...(resolved
      ? [{ do: 'run' as const, program: 'resolvectl' as const, args: ['revert', name], optional: true }]
      : resolver === undefined
        ? []
        : [{ do: 'write-resolver' as const, text: resolver }]),
    ...dhcp.map(({ command }) => ({ do: 'start-dhcp' as const, interface: name, command: [...command] })),
    ...(up ? [] : [ip(`link set dev ${name} down`)]),
  ];
}

const isOther = ({ dst, protocol }: Snapshot['routes'][number]): boolean =>
  dst !== 'default' && protocol !== 'kernel';

function addressWords(one: Snapshot['addresses'][number]): string {
  const { local, prefixlen, broadcast, label, scope, dynamic, valid_life_time, preferred_life_time } = one;
  return [
    `${local}/${prefixlen}`,
    broadcast && `broadcast ${broadcast}`,
    label && `label ${label}`,
    scope && `scope ${scope}`,
    dynamic && `valid_lft ${valid_life_time ?? 'forever'} preferred_lft ${preferred_life_time ?? 'forever'}`,
  ]
    .filter(Boolean)
    .join(' ');
}

function routeWords(route: Snapshot['routes'][number], name: string): string {
  const { dst, gateway, protocol, scope, prefsrc, metric, flags } = route;
  return [
    dst,
    gateway && `via ${gateway}`,
    `dev ${name}`,
    protocol && `proto ${protocol}`,
    scope && `scope ${scope}`,
    prefsrc && `src ${prefsrc}`,
    metric !== undefined && `metric ${metric}`,
    flags.includes('onlink') && 'onlink',
  ]
    .filter(Boolean)
    .join(' ');
}

function resolverSteps(name: string, dns: readonly string[], now: Snapshot): Step[] {
  if (dns.length === 0) return [];
  if (now.resolved)
    return [{ do: 'run', program: 'resolvectl', args: ['dns', name, ...dns], optional: false }];
  return now.resolver === undefined ? [] : [{ do: 'write-resolver', text: withServers(now.resolver, dns) }];
}

/** A resolver file with other servers; its other lines stay. */
export function withServers(resolver: string, dns: readonly string[]): string {
  const rest = resolver.split('\n').filter((line) => !/^nameserver[ \t]/.test(line) && line !== '');
  return [...rest, ...dns.map((server) => `nameserver ${server}`), ''].join('\n');
}

/** What starts the DHCP client of this port: the one that ran, or one that is installed. */
function dhcpCommand(name: string, { dhcp, installed }: Snapshot): readonly string[] | undefined {
  const [running] = dhcp;
  if (running) return running.command;
  const program = dhcpClients.find((one) => installed.includes(one));
  if (program === 'dhclient') return ['dhclient', '-4', '-nw', '-pf', `/run/dhclient.${name}.pid`, name];
  if (program === 'udhcpc') return ['udhcpc', '-b', '-i', name];
  return program === undefined ? undefined : ['dhcpcd', '-4', '-b', name];
}

/** Whether a port is as it is wished already: then nothing has to be set at a start. */
export function isAlready({ ipv4 }: NetworkWish, now: Snapshot): boolean {
  if (ipv4.method === 'dhcp') return now.dhcp.length > 0;
  const gateways = now.routes.filter(({ dst }) => dst === 'default').map(({ gateway }) => gateway);
  return (
    now.up &&
    now.addresses.length === 1 &&
    now.addresses.every(({ local, prefixlen }) => local === ipv4.address && prefixlen === ipv4.prefix) &&
    (ipv4.gateway === null ? gateways.length === 0 : gateways.includes(ipv4.gateway)) &&
    (now.resolved || ipv4.dns.every((server) => now.resolver?.includes(`nameserver ${server}`)))
  );
}
