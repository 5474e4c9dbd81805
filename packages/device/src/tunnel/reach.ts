import type { TLSSocket } from 'node:tls';
import type { Clock } from '@sallyport/protocol/environment';
import { type Authority, isNodeOf, untrusted } from '@sallyport/protocol/identity';
import { connectTls, type TlsIdentity } from '@sallyport/protocol/tls';
import { dialRelay, inOrder } from '@sallyport/runtime/dial';
import { fail } from '../errors/index.ts';

/** What it takes to reach the relay that the device is enrolled at. */
export type RelayRoute = {
  /** The enrolled host. */
  readonly host: string;
  /** The enrolled ports that may be used, in order. */
  readonly ports: readonly number[];
  readonly identity: TlsIdentity;
  readonly authority: Authority;
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
      if (reached.peer.notAfter >= options.atLeast) return reached;
      reached.socket.destroy();
      throw untrusted('expired', 'its certificate had run out before this device last knew the time');
    },
  });
  return { socket: value.socket, port };
}
