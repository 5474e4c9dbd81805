import { Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { Clock } from '@sallyport/protocol/environment';
import { resolveRelay } from '@sallyport/runtime/dial';
import { resolvers } from '../network/index.ts';
import type { ConnectionTest } from './view.ts';

/** For an answer of one DNS server, and for the system's own look-up. In milliseconds. */
const askMs = 2_500;
const lookupMs = 4_000;

export type ServerAnswer = ConnectionTest['servers'][number];

/** Whether anybody has to be asked for the addresses of this host. */
export const isName = (host: string): boolean =>
  isIP(host) === 0 && host !== 'localhost' && !host.endsWith('.localhost');

/** The addresses of the relay as this machine's resolver knows them. @throws relay-name-unresolved, the signal's reason */
export async function lookUp(host: string, clock: Clock, signal: AbortSignal): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const timer = clock.after(lookupMs, () => settle(() => reject(new Error('no answer'))));
    const onAbort = (): void => settle(() => reject(signal.reason));
    const settle = (act: () => void): void => {
      timer.cancel();
      signal.removeEventListener('abort', onAbort);
      act();
    };
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) return onAbort();
    resolveRelay(host).then(
      (found) => settle(() => resolve(found.map(({ address }) => address))),
      (error: unknown) => settle(() => reject(error)),
    );
  });
}

/** Asks each DNS server of this machine by itself. Never throws. */
export function askServers(
  host: string,
  clock: Clock,
  tell: (answer: ServerAnswer) => void,
): Promise<unknown> {
  return Promise.all(resolvers().map(async (address) => tell(await askServer(address, host, clock))));
}

async function askServer(address: string, host: string, clock: Clock): Promise<ServerAnswer> {
  const begin = clock.monotonicMs();
  const answer = (outcome: ServerAnswer['outcome'], addresses: string[] = []): ServerAnswer => ({
    address,
    outcome,
    addresses: addresses.slice(0, 16),
    ms: Math.round(clock.monotonicMs() - begin),
  });
  const resolver = new Resolver({ timeout: askMs, tries: 1 });
  try {
    resolver.setServers([address.split('%')[0]?.includes(':') ? `[${address}]` : address]);
    const asked = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
    const found = asked.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
    if (found.length > 0) return answer('answered', found);
    const codes = asked.map((one) =>
      one.status === 'rejected' ? String((one.reason as NodeJS.ErrnoException).code) : '',
    );
    return answer(codes.every((code) => silences.has(code)) ? 'silent' : 'unknown');
  } catch {
    return answer('silent');
  }
}

/** How the absence of an answer is called. */
const silences: ReadonlySet<string> = new Set(['ETIMEOUT', 'ECONNREFUSED', 'ECANCELLED', 'EDESTRUCTION']);
