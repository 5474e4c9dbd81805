import type { TLSSocket } from 'node:tls';
import { type Leg, SallyportError } from '@sallyport/protocol/errors';
import { type GrantId, grantIdSchema, type PortNumber } from '@sallyport/protocol/grant';
import type { PeerIdentity } from '@sallyport/protocol/identity';
import { connectTls } from '@sallyport/protocol/tls';
import { upgrade } from '@sallyport/runtime/http';
import { type Caller, reachRelay } from '../relay/index.ts';

/** The relay waits 10 s for the device to dial back; and the answer has its way to go. */
const knockMs = 20_000;

/** An inner TLS connection to the device behind a port number. */
export type DeviceConnection = {
  readonly socket: TLSSocket;
  readonly peer: PeerIdentity;
  /** Which grant has the port number now: the relay's word, so no more than a hint which pin to look at. */
  readonly grant: GrantId | undefined;
};

/**
 * Knocks at the relay and speaks TLS with the device that dials back (design, section 4, steps 2 to 4). Every failure
 * has its leg.
 *
 * @throws relay-…; grant-not-found, grant-ended, device-away, device-no-answer, device-busy, …; peer-untrusted
 */
export async function reachDevice(caller: Caller, port: PortNumber): Promise<DeviceConnection> {
  const { identity, clock, signal } = caller;
  const relay = await reachRelay(caller);
  const half = await upgrade(relay, {
    path: `/v1/grants/${port}/session`,
    host: identity.relay.host,
    timeoutMs: knockMs,
    clock,
    signal,
  }).catch((error) => {
    throw error instanceof SallyportError ? error.at(knockLeg(error)) : error;
  });
  const { socket, peer } = await connectTls(half.socket, {
    identity: identity.tls,
    authority: identity.authority,
    role: 'device',
    now: () => clock.wallMs(),
    clock,
    signal,
  }).catch((error) => {
    throw error instanceof SallyportError ? error.at('to-device') : error;
  });
  const grant = grantIdSchema.safeParse(half.headers['sallyport-grant']);
  return { socket, peer, grant: grant.data };
}

const toDevice = new Set(['device-away', 'device-no-answer', 'device-busy']);
const device = new Set(['grant-ended', 'cut-off', 'key-blocked']);

/** Where a knock failed. What is not said to be the device's doing is the relay's. */
function knockLeg({ code }: SallyportError): Leg {
  if (code === 'connection-lost' || code === 'timed-out') return 'to-relay';
  if (toDevice.has(code)) return 'to-device';
  return device.has(code) ? 'device' : 'relay';
}
