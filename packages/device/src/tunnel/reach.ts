import type { TLSSocket } from 'node:tls';
import type { Clock } from '@sallyport/protocol/environment';
import { SallyportError } from '@sallyport/protocol/errors';
import { type Authority, isNodeOf, type PeerIdentity, untrusted } from '@sallyport/protocol/identity';
import { connectTls, type TlsIdentity } from '@sallyport/protocol/tls';
import { dialRelay, inOrder, type SiteProxy, type Source } from '@sallyport/runtime/dial';
import { fail } from '../errors/index.ts';
import type { RelayTime } from './relayTime.ts';

/** What it takes to reach the relay that the device is enrolled at. */
export type RelayRoute = {
  /** The enrolled host. */
  readonly host: string;
  /** The enrolled ports that may be used, in order. */
  readonly ports: readonly number[];
  readonly identity: TlsIdentity;
  readonly authority: Authority;
  readonly proxy?: SiteProxy | undefined;
  /** The own addresses to go out from. */
  readonly source?: Source | undefined;
};

/**
 * Connects to a node of the enrolled relay and proves it to be one: on the first enrolled port that lets through.
 *
 * @param options.node the node's host name; a hostile relay cannot send the device anywhere else (design, section 3)
 * @param options.now by what to judge the relay's certificate; null leaves its dates out
 * @throws dial-refused, and what `dialRelay` throws
 */
export async function reachRelay(
  route: RelayRoute,
  options: {
    readonly node?: string;
    readonly lastPort: number | undefined;
    readonly timeoutMs: number;
    readonly now: () => number | null;
    /** Where dates are left out: a certificate that had run out by then is refused all the same. */
    readonly atLeast: number;
    readonly clock: Clock;
    readonly signal: AbortSignal;
  },
): Promise<{ socket: TLSSocket; port: number }> {
  const { node = route.host, now, clock, signal } = options;
  if (!isNodeOf(node, route.host)) throw fail('dial-refused', { details: { host: node }, leg: 'device' });
  const { value, port } = await dialRelay({
    host: node,
    ports: inOrder(route.ports, options.lastPort),
    proxy: route.proxy,
    source: route.source,
    timeoutMs: options.timeoutMs,
    clock,
    signal,
    through: async (socket) => {
      const reached = await connectTls(socket, {
        identity: route.identity,
        authority: route.authority,
        role: 'relay',
        id: (id) => isNodeOf(id, route.host),
        servername: node,
        now,
        clock,
        signal,
      });
      mustHaveLasted(reached, options.atLeast);
      return reached;
    },
  });
  return { socket: value.socket, port };
}

/** Destroys the connection to a relay whose certificate had run out by `atLeast`. @throws peer-untrusted */
export function mustHaveLasted(
  { socket, peer }: { readonly socket: TLSSocket; readonly peer: PeerIdentity },
  atLeast: number,
): void {
  if (peer.notAfter >= atLeast) return;
  socket.destroy();
  throw untrusted('expired', 'its certificate had run out before this device last knew the time');
}

/** Whether the relay was refused because its certificate has run out, and for nothing else. */
export function isForDates(error: unknown): boolean {
  if (!(error instanceof SallyportError) || error.code !== 'relay-not-ours') return false;
  const { cause } = error;
  return cause instanceof SallyportError && cause.details['check'] === 'expired';
}

/**
 * Tries it, and once more with the dates left out where by the machine's own clock, and by nothing else, the relay was
 * refused: that clock may be years ahead (the clock rule).
 */
export async function tryByClocks<T>(time: RelayTime, attempt: () => Promise<T>): Promise<T> {
  const byOwnClock = time.now() === undefined;
  try {
    return await attempt();
  } catch (error) {
    if (!byOwnClock || !isForDates(error)) throw error;
    time.doubtOwn();
    return attempt();
  }
}
