import type { TLSSocket } from 'node:tls';
import type { Clock } from '@sallyport/protocol/environment';
import { isNodeOf } from '@sallyport/protocol/identity';
import { connectTls } from '@sallyport/protocol/tls';
import { dialRelay, inOrder } from '@sallyport/runtime/dial';
import type { Identity } from '../identity/index.ts';
import { keepLastGoodPort, lastGoodPort } from './lastGoodPort.ts';
import { relayPorts } from './ports.ts';

/** For finding a port of the relay that lets us through, the TLS handshake included. */
const dialMs = 20_000;

/** Who asks, and by what clock. */
export type Caller = {
  readonly data: string;
  readonly identity: Identity;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
};

/** A TLS connection to the relay as this representative: the first leg. @throws config-…, relay-… with the leg `to-relay` */
export async function reachRelay(caller: Caller): Promise<TLSSocket> {
  const { data, identity, clock, signal } = caller;
  const { host } = identity.relay;
  const ports = await relayPorts(data, identity.relay.ports);
  const { value, port } = await dialRelay({
    host,
    ports: inOrder(ports, lastGoodPort(data)),
    timeoutMs: dialMs,
    clock,
    signal,
    through: (socket) =>
      connectTls(socket, {
        identity: identity.tls,
        authority: identity.authority,
        role: 'relay',
        id: (id) => isNodeOf(id, host),
        servername: host,
        now: () => clock.wallMs(),
        clock,
        signal,
      }),
  });
  keepLastGoodPort(data, port);
  return value.socket;
}
