import type { LookupAddress } from 'node:dns';

/** The own addresses that connections are made from: those of one network port. A family that it lacks is left out. */
export type Source = { readonly four?: string | undefined; readonly six?: string | undefined };

/**
 * Which of the addresses can be reached from a source, and what to bind to. A socket is bound to one address, so of two
 * families that would do, the one that was found first is taken.
 *
 * @returns no addresses if none can be reached from there
 */
export function socketsFrom(
  source: Source | undefined,
  found: readonly LookupAddress[],
): { readonly addresses: readonly LookupAddress[]; readonly localAddress?: string } {
  if (source === undefined) return { addresses: found };
  const ownOf = (family: number): string | undefined => (family === 6 ? source.six : source.four);
  const family = found.find((one) => ownOf(one.family) !== undefined)?.family;
  const localAddress = family === undefined ? undefined : ownOf(family);
  if (localAddress === undefined) return { addresses: [] };
  return { addresses: found.filter((one) => one.family === family), localAddress };
}
