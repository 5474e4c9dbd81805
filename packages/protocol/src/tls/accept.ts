import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import type { Clock } from '../environment/index.ts';
import { type Authority, type PeerIdentity, type Role, untrusted, verifyPeer } from '../identity/index.ts';
import { tlsFailure } from './failure.ts';
import { setPeer } from './peers.ts';
import { serveStreams } from './serveStreams.ts';
import { endpointOptions, shownCertificate, type TlsIdentity } from './settings.ts';

export type TlsAcceptorOptions = {
  /** Asked when the acceptor is made and at each `refresh`. */
  readonly identity: () => TlsIdentity;
  readonly authority: Authority;
  /** What a client may be: it is judged by the intermediate of one of these. */
  readonly roles: readonly Role[];
  /** Whether a client without a certificate is served too, as nobody. A certificate that is shown is always judged. */
  readonly certificate: 'required' | 'optional';
  /** How long after its end a client's certificate is still taken, with `expired` set; milliseconds. */
  readonly graceMs?: number;
  /** The time to judge dates by, in milliseconds since 1970; null leaves the dates out (the clock rule). */
  readonly now: () => number | null;
  readonly clock: Clock;
};

export type AcceptedTls = { readonly socket: TLSSocket; readonly peer: PeerIdentity | undefined };

export type TlsAcceptor = {
  /**
   * Becomes a TLS server on `stream`, and answers only when the client has been judged. The socket has an 'error'
   * listener already: its end is told by 'close'. On failure, `stream` is destroyed.
   *
   * @throws peer-untrusted, connection-lost, timed-out (10 s)
   */
  accept(stream: Duplex): Promise<AcceptedTls>;
  /** Shows the identity of now to clients that come from now on. */
  refresh(): void;
};

/** A TLS server without a listener: it is given its streams. */
export function createTlsAcceptor(options: TlsAcceptorOptions): TlsAcceptor {
  return serveStreams({
    endpoint: () => ({
      ...endpointOptions(options.identity(), options.authority),
      requestCert: true,
      // false, and said, whatever NODE_TLS_REJECT_UNAUTHORIZED is: only so can a client without a certificate be served
      // (health, enrolment, login), can dates be judged by the clock rule, and can the role's own intermediate be asked
      // for. A shown certificate that verifyPeer refuses destroys the socket before anybody sees it.
      rejectUnauthorized: false,
    }),
    judge(socket) {
      const peer = judge(socket, options);
      if (peer) setPeer(socket, peer);
      return peer;
    },
    clock: options.clock,
  });
}

/** Who the client is; undefined if it showed no certificate and need not. @throws peer-untrusted */
function judge(socket: TLSSocket, options: TlsAcceptorOptions): PeerIdentity | undefined {
  if (socket.isSessionReused()) throw untrusted('protocol', 'it resumed an older connection');
  const shown = shownCertificate(socket);
  if (!shown) {
    if (options.certificate === 'optional') return undefined;
    throw untrusted('none', 'it showed no certificate');
  }
  const { authority, graceMs = 0 } = options;
  let refusal: unknown;
  for (const role of options.roles) {
    try {
      return verifyPeer(shown, role, options.now(), authority, { graceMs });
    } catch (error) {
      // Of several roles, the refusal that matters is the one by the certificate's own issuer.
      const check = tlsFailure(error).details['check'];
      if (refusal === undefined || check !== 'issuer') refusal = error;
    }
  }
  throw refusal ?? untrusted('issuer', 'nobody may connect here');
}
