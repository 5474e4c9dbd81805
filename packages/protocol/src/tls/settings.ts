import { constants } from 'node:crypto';
import type { TLSSocket, TlsOptions } from 'node:tls';
import type { Authority } from '../identity/index.ts';

/** What an endpoint shows of itself, PEM each. */
export type TlsIdentity = {
  readonly key: string;
  /** What is sent. A relay sends leaf, intermediate and root, for clients that know the root's hash only; others the leaf. */
  readonly certificate: string;
};

/** A TLS handshake, in either layer, takes this long at most (design, section 9). */
export const handshakeMs = 10_000;

/**
 * What every endpoint has in common. Groups are Node's: X25519MLKEM768 first.
 *
 * No resumption: a chain of tickets keeps an expired certificate authorized. `SSL_OP_NO_TICKET` leaves a server with
 * stateful tickets only, and since no server here keeps sessions (nobody listens to `newSession`), none can be
 * redeemed; a client never offers one. `accept` refuses a resumed connection besides.
 *
 * `ca` is always given: it names our root to clients, and keeps Node from reading the public ones.
 */
export function endpointOptions(
  identity: TlsIdentity | undefined,
  authority: Pick<Authority, 'root'> | undefined,
): Pick<TlsOptions, 'minVersion' | 'maxVersion' | 'secureOptions' | 'ca' | 'key' | 'cert'> {
  return {
    minVersion: 'TLSv1.3',
    maxVersion: 'TLSv1.3',
    secureOptions: constants.SSL_OP_NO_TICKET,
    ca: authority ? [authority.root.toString()] : [],
    ...(identity ? { key: identity.key, cert: identity.certificate } : {}),
  };
}

/** An RST must not end the process: whoever uses the stream learns of its end by 'close'. */
export function ignoreErrors(stream: { on(event: 'error', listener: () => void): unknown }): void {
  stream.on('error', () => {});
}

/**
 * For a TLS socket. After the handshake, Node tells of a record that was changed by 'error' alone: the socket would stay
 * open, and never say anything more.
 */
export function endOnError(socket: TLSSocket): void {
  socket.on('error', () => socket.destroy());
}

/** The certificate that the other side proved to have the key of, DER; undefined if it showed none. */
export function shownCertificate(socket: TLSSocket): Uint8Array | undefined {
  return socket.getPeerX509Certificate()?.raw;
}
