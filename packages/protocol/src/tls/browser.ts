import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import type { Clock } from '../environment/index.ts';
import { untrusted } from '../identity/index.ts';
import { serveStreams } from './serveStreams.ts';
import { endpointOptions, type TlsIdentity } from './settings.ts';

/**
 * TLS for the browsers of people, who have no certificate: who they are is asked for inside. Of version 1.3 only, as
 * everywhere, and without resumption.
 */
export function createBrowserAcceptor(options: {
  /** Asked when the acceptor is made and at each `refresh`. */
  readonly identity: () => TlsIdentity;
  readonly clock: Clock;
}): {
  /**
   * Becomes a TLS server on `stream`. The socket has an 'error' listener already: its end is told by 'close'. On
   * failure, `stream` is destroyed.
   *
   * @throws peer-untrusted, connection-lost, timed-out (10 s)
   */
  accept(stream: Duplex): Promise<TLSSocket>;
  /** Shows the identity of now to browsers that come from now on. */
  refresh(): void;
} {
  const { accept, refresh } = serveStreams({
    endpoint: () => ({
      ...endpointOptions(options.identity(), undefined),
      requestCert: false,
      ALPNProtocols: ['http/1.1'],
    }),
    judge(socket) {
      if (socket.isSessionReused()) throw untrusted('protocol', 'it resumed an older connection');
    },
    clock: options.clock,
  });
  return { accept: async (stream) => (await accept(stream)).socket, refresh };
}
