import { printable } from '@sallyport/protocol/text';
import { z } from 'zod';
import type { Gateway, NetworkInterface } from './view.ts';

/** Interfaces and routes that are looked at; a machine with more has them for containers. */
const mostEntries = 256;

const text = z.string().max(200);
const list = <T extends z.ZodType>(entry: T) =>
  z.array(entry).transform((entries) => entries.slice(0, mostEntries));

const addressesSchema = list(
  z.object({
    ifname: text,
    flags: z.array(text).default([]),
    mtu: z.number().default(0),
    operstate: text.default('UNKNOWN'),
    link_type: text.default(''),
    address: text.default(''),
    addr_info: z
      .array(
        z.object({
          family: text,
          local: text.optional(),
          prefixlen: z.number().default(0),
          dynamic: z.boolean().default(false),
          protocol: text.optional(),
        }),
      )
      .default([]),
  }),
);

type AddressBy = NonNullable<NetworkInterface['addresses'][number]['by']>;

/** What `ip -j address` says. Loopback is left out. @throws what is no such answer */
export function parseAddresses(json: string): NetworkInterface[] {
  return addressesSchema
    .parse(JSON.parse(json))
    .filter(({ link_type }) => link_type !== 'loopback')
    .map(({ ifname, flags, mtu, address, addr_info }) => ({
      name: printable(ifname, 40),
      hardware: printable(address, 40),
      up: flags.includes('UP'),
      link: flags.includes('LOWER_UP'),
      mtu,
      addresses: addr_info.flatMap(({ family, local, prefixlen, dynamic, protocol }) => {
        if (local === undefined || (family !== 'inet' && family !== 'inet6')) return [];
        const by = setBy(family === 'inet6', local, dynamic, protocol);
        return [
          {
            address: printable(local, 60),
            prefix: prefixlen,
            family: family === 'inet' ? (4 as const) : (6 as const),
            ...(by === undefined ? {} : { by }),
          },
        ];
      }),
    }));
}

function setBy(six: boolean, local: string, dynamic: boolean, protocol?: string): AddressBy | undefined {
  if (six && local.startsWith('fe80:')) return 'self';
  if (local.startsWith('169.254.')) return 'self';
  if (protocol === 'kernel_ra' || (six && dynamic)) return 'router';
  return dynamic ? 'dhcp' : 'hand';
}

const hop = { gateway: text.optional(), via: z.object({ host: text }).optional(), dev: text.optional() };
const routesSchema = list(
  z.object({
    dst: text,
    ...hop,
    metric: z.number().default(0),
    protocol: text.optional(),
    flags: z.array(text).default([]),
    nexthops: z.array(z.object(hop)).max(64).optional(),
  }),
);

/**
 * The default gateways of what `ip -j route` says, in the order in which they are used.
 *
 * @throws what is no such answer
 */
export function parseGateways(json: string, family: 4 | 6): Gateway[] {
  const by = (protocol: string | undefined): Gateway['by'] => {
    if (protocol === 'dhcp') return 'dhcp';
    if (protocol === 'ra') return 'router';
    return protocol === 'static' || protocol === 'boot' ? 'hand' : undefined;
  };
  return routesSchema
    .parse(JSON.parse(json))
    .filter(({ dst }) => dst === 'default')
    .toSorted((one, two) => one.metric - two.metric)
    .flatMap(({ nexthops, protocol, metric, ...route }) => {
      const who = by(protocol);
      return (nexthops ?? [route]).map(({ gateway, via, dev = '' }) => ({
        interface: printable(dev, 40),
        address: printable(gateway ?? via?.host ?? '', 60),
        family,
        metric,
        ...(who === undefined ? {} : { by: who }),
      }));
    });
}

const neighboursSchema = list(
  z.object({ dst: text, dev: text.default(''), state: z.array(text).default([]) }),
);

/** Of what `ip -j neigh` says: who was asked for and has not answered. @throws what is no such answer */
export function parseSilent(json: string): { interface: string; address: string }[] {
  return neighboursSchema
    .parse(JSON.parse(json))
    .filter(({ state }) => state.includes('FAILED') || state.includes('INCOMPLETE'))
    .map(({ dst, dev }) => ({ interface: printable(dev, 40), address: printable(dst, 60) }));
}
