import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect, type TLSSocket } from 'node:tls';
import type { Clock } from '../environment/index.ts';
import { whenSecure } from './handshake.ts';
import { endpointOptions, ignoreErrors } from './settings.ts';

export type CollectorOptions = {
  /** The certificates, PEM, that the server's has to be issued by; or the server's own. */
  readonly ca: string;
  /** The host name or address that its certificate has to name. */
  readonly host: string;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
};

/**
 * Becomes a TLS client of a server that is not ours, and that somebody named with its authority: a collector of logs
 * (RFC 5425). It is of version 1.3, its certificate is of that authority, valid now, and names the host. On failure, `stream`
 * is destroyed.
 *
 * @throws peer-untrusted, connection-lost, timed-out (10 s), or the signal's reason
 */
export function connectCollector(stream: Duplex, options: CollectorOptions): Promise<TLSSocket> {
  const { ca, host } = options;
  ignoreErrors(stream);
  const socket = connect({
    ...endpointOptions(undefined, undefined),
    socket: stream,
    ca: [ca],
    host,
    // An address must not be sent as a name (RFC 6066, section 3). '' sends none.
    servername: isIP(host) ? '' : host,
    // Said, whatever NODE_TLS_REJECT_UNAUTHORIZED is. No clock rule here: its certificates are nobody's of ours.
    rejectUnauthorized: true,
  });
  return whenSecure(stream, socket, options, () => socket);
}
