import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { renewalGraceMs } from '@sallyport/protocol/enrolment';
import type { Clock, Log } from '@sallyport/protocol/environment';
import { fail as protocolFail, SallyportError } from '@sallyport/protocol/errors';
import { createTlsAcceptor, pairingSessionId } from '@sallyport/protocol/tls';
import type { SiteProxy, Source } from '@sallyport/runtime/dial';
import { upgrade } from '@sallyport/runtime/http';
import { fail } from '../errors/index.ts';
import type { DeviceIdentity, IdentityStore } from '../identity/index.ts';
import type { Arrival } from '../session/index.ts';
import type { Settings } from '../state/index.ts';
import {
  isForDates,
  type Knock,
  type Link,
  type LinkListener,
  openLink,
  type RelayRoute,
  type RelayTime,
  reachRelay,
} from '../tunnel/index.ts';

/** A try to reach the relay: long enough for every port, one second apart, to have its chance. */
const reachMs = 20_000;
/** From the knock to the joined halves (design, section 9). */
const dialBackMs = 10_000;

export type RelayPathOptions = {
  readonly identity: IdentityStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly time: RelayTime;
  readonly settings: Settings;
  /** The one port to go out by, at this moment; undefined for whichever works. */
  readonly outboundPort: () => number | undefined;
  /** What to go through, at this moment. */
  readonly proxy: () => SiteProxy | undefined;
  /** What to go out from, at this moment. @throws source-interface-unusable */
  readonly source: () => Source | undefined;
};

/** The ways from this device to its relay: the tunnel, the dial back, a request. Remembers the port that worked. */
export class RelayPath {
  readonly #options: RelayPathOptions;
  #lastPort: number | undefined;

  constructor(options: RelayPathOptions) {
    this.#options = options;
    this.#lastPort = Number(options.settings.get('last-port')) || undefined;
  }

  /** The outbound port that worked last. */
  get lastPort(): number | undefined {
    return this.#lastPort;
  }

  /** One connection for the tunnel. @throws not-enrolled, and all that keeps the device from its relay */
  async openTunnel(listener: LinkListener, signal: AbortSignal): Promise<Link> {
    const own = this.#options.identity.required();
    const { clock, time } = this.#options;
    const byOwnClock = time.now() === undefined;
    try {
      const socket = await this.connect(signal);
      return await openLink({ socket, host: own.host, clock, signal, listener });
    } catch (error) {
      if (!(error instanceof SallyportError)) throw error;
      // It may be the time that was told, not the relay, that is wrong: the next try judges dates by our own clock.
      if (error.code === 'relay-not-ours') time.forget();
      if (byOwnClock && isForDates(error)) time.doubtOwn();
      // A relay hangs up without a word on a certificate that is beyond renewal.
      if (error.code === 'relay-cut' && time.best() > own.notAfter + renewalGraceMs) {
        throw protocolFail('certificate-expired', { cause: error, leg: 'device' });
      }
      throw error;
    }
  }

  /** A verified TLS connection to the enrolled host. */
  connect(signal: AbortSignal): Promise<TLSSocket> {
    return this.#reach(undefined, reachMs, signal);
  }

  /**
   * Dials back to the node that knocked, and becomes TLS server on what it joins (design, section 4, steps 3 and 4).
   *
   * @throws dial-refused, ticket-unknown, peer-untrusted, and all that keeps the device from its relay
   */
  async meet(knock: Knock, signal: AbortSignal): Promise<Arrival> {
    const { clock, identity, time } = this.#options;
    const deadline = new AbortController();
    const timer = clock.after(dialBackMs, () =>
      deadline.abort(protocolFail('device-no-answer', { details: { seconds: dialBackMs / 1_000 } })),
    );
    const both = AbortSignal.any([signal, deadline.signal]);
    try {
      const outer = await this.#reach(knock.dial, dialBackMs, both);
      const { socket } = await upgrade(outer, {
        path: `/v1/sessions/${knock.ticket}`,
        host: knock.dial,
        clock,
        signal: both,
        timeoutMs: dialBackMs,
      });
      const destroy = (): void => void socket.destroy();
      both.addEventListener('abort', destroy);
      try {
        return await this.#accept(socket, identity.required(), time);
      } catch (error) {
        both.throwIfAborted();
        throw error;
      } finally {
        both.removeEventListener('abort', destroy);
      }
    } finally {
      timer.cancel();
    }
  }

  async #accept(stream: Duplex, own: DeviceIdentity, time: RelayTime): Promise<Arrival> {
    const acceptor = createTlsAcceptor({
      identity: () => own.tls,
      authority: own.authority,
      roles: ['representative'],
      certificate: 'required',
      // Nobody knocks before the relay has told its time; without it no date can be judged, so nobody gets in.
      now: () => time.now() ?? Number.POSITIVE_INFINITY,
      clock: this.#options.clock,
    });
    const { socket, peer } = await acceptor.accept(stream);
    if (!peer) {
      socket.destroy();
      throw protocolFail('identity-required');
    }
    return { socket, peer, exporter: pairingSessionId(socket) };
  }

  async #reach(node: string | undefined, timeoutMs: number, signal: AbortSignal): Promise<TLSSocket> {
    const { clock, identity, settings, time, log } = this.#options;
    const own = identity.required();
    const { socket, port } = await reachRelay(this.#route(own), {
      ...(node === undefined ? {} : { node }),
      lastPort: this.#lastPort,
      timeoutMs,
      now: () => time.forRelay(),
      // It is not earlier than when the own certificate was made, either.
      atLeast: Math.max(time.atLeast, own.notBefore),
      clock,
      signal,
    });
    if (port !== this.#lastPort) {
      this.#lastPort = port;
      try {
        settings.set('last-port', String(port));
      } catch (error) {
        // It saves a second at the next start, no more.
        log.warn('port-not-stored-1', { error });
      }
    }
    return socket;
  }

  #route(identity: DeviceIdentity): RelayRoute {
    const outboundPort = this.#options.outboundPort();
    const { host, ports, tls, authority } = identity;
    const way = { proxy: this.#options.proxy(), source: this.#options.source() };
    if (outboundPort === undefined) return { host, ports, identity: tls, authority, ...way };
    if (!ports.includes(outboundPort)) throw unknownPort(outboundPort, ports);
    return { host, ports: [outboundPort], identity: tls, authority, ...way };
  }
}

export const unknownPort = (port: number, ports: readonly number[]): SallyportError =>
  fail('outbound-port-unknown', { details: { port, ports: ports.join(', ') } });
