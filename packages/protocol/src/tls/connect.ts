import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect, type TLSSocket } from 'node:tls';
import type { Clock } from '../environment/index.ts';
import { type Authority, type PeerIdentity, type Role, untrusted, verifyPeer } from '../identity/index.ts';
import { whenSecure } from './handshake.ts';
import { setPeer } from './peers.ts';
import { endpointOptions, ignoreErrors, shownCertificate, type TlsIdentity } from './settings.ts';

export type ConnectTlsOptions = {
  /** Shown to the server if it asks. */
  readonly identity?: TlsIdentity | undefined;
  readonly authority: Authority;
  /** What the server has to be. */
  readonly role: Role;
  /** Who it has to be; anybody of that role if left out. */
  readonly id?: string | ((id: string) => boolean) | undefined;
  /** The host name that is told to the server in the clear (SNI). Trust does not depend on it. */
  readonly servername?: string | undefined;
  /** The time to judge dates by, in milliseconds since 1970; null leaves the dates out (the clock rule). */
  readonly now: () => number | null;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
};

/**
 * Becomes a TLS client on `stream`, and answers only when the server proved to be who it has to be. The socket has an
 * 'error' listener already: its end is told by 'close'. On failure, `stream` is destroyed.
 *
 * @throws peer-untrusted, connection-lost, timed-out (10 s), or the signal's reason
 */
export function connectTls(
  stream: Duplex,
  options: ConnectTlsOptions,
): Promise<{ socket: TLSSocket; peer: PeerIdentity }> {
  const { identity, authority, role, id, now } = options;
  const socket = openClient(stream, options.servername, endpointOptions(identity, authority));
  return whenSecure(stream, socket, options, () => {
    const shown = shownCertificate(socket);
    if (!shown) throw untrusted('none', 'it showed no certificate');
    const peer = verifyPeer(shown, role, now(), authority);
    if (id !== undefined && !(typeof id === 'string' ? id === peer.id : id(peer.id))) {
      throw untrusted('other-id', `it is the ${role} ${peer.id}, another one than expected`);
    }
    setPeer(socket, peer);
    return { socket, peer };
  });
}

/** Starts the handshake. The caller has to judge the server before anybody uses the socket. */
export function openClient(
  stream: Duplex,
  servername: string | undefined,
  endpoint: ReturnType<typeof endpointOptions>,
): TLSSocket {
  ignoreErrors(stream);
  return connect({
    ...endpoint,
    socket: stream,
    // An address must not be sent as a name (RFC 6066, section 3). '' sends none.
    servername: servername === undefined || isIP(servername) ? '' : servername,
    // false, and said, whatever NODE_TLS_REJECT_UNAUTHORIZED is: OpenSSL judges dates by this machine's clock, which
    // the clock rule does not trust, takes any intermediate of the root for any role, and of several faults reports
    // one. verifyPeer judges all of it, in the one place that hands the socket out.
    rejectUnauthorized: false,
  });
}
