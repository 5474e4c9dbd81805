import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { fail } from '@sallyport/protocol/errors';

export type Lookup = (host: string) => Promise<readonly LookupAddress[]>;

const addressCap = 16;
const loopback: readonly LookupAddress[] = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
];

const systemLookup: Lookup = (host) => lookup(host, { all: true });

/**
 * The addresses of the relay's host. `localhost` and every name that ends in `.localhost` is loopback, without asking
 * anybody (RFC 6761, section 6.3).
 *
 * @throws relay-name-unresolved
 */
export async function resolveRelay(
  host: string,
  ask: Lookup = systemLookup,
): Promise<readonly LookupAddress[]> {
  const family = isIP(host);
  if (family !== 0) return [{ address: host, family }];
  if (host === 'localhost' || host.endsWith('.localhost')) return loopback;
  try {
    const addresses = await ask(host);
    if (addresses.length > 0) return addresses.slice(0, addressCap);
  } catch (cause) {
    throw fail('relay-name-unresolved', { details: { host }, cause, leg: 'to-relay' });
  }
  throw fail('relay-name-unresolved', { details: { host }, leg: 'to-relay' });
}
