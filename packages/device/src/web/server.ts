import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { isIP, type Server } from 'node:net';
import { type Duplex, duplexPair } from 'node:stream';
import { toWireError } from '@sallyport/protocol/errors';
import type { Status } from '../agent/status.ts';
import { markConnection, sessionOf } from '../api/index.ts';
import type { ChannelSession, ListenerAddress } from '../channels/index.ts';
import { fail } from '../errors/index.ts';
import { statusPage } from './page.ts';

const headers = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
};

export type WebInterface = {
  /** A connection to it that came through a session, and bears its mark. */
  connect(session: ChannelSession): Duplex;
  /** @throws address-in-use */
  listen(address: ListenerAddress): Promise<ListenerAddress>;
  /** Where it listens. */
  listeners(): readonly ListenerAddress[];
  close(): void;
};

/** The device's web interface: for now one page. It serves sessions also while it listens nowhere. */
export function makeWebInterface(status: () => Status): WebInterface {
  let listening: ListenerAddress | undefined;
  const server = createServer(
    {
      headersTimeout: 10_000,
      requestTimeout: 20_000,
      connectionsCheckingInterval: 5_000,
      maxHeaderSize: 16 * 1024,
    },
    (request, response) => answer(request, response),
  );
  server.maxConnections = 256;
  server.on('clientError', (_error, socket) => socket.destroy());

  function answer(request: IncomingMessage, response: ServerResponse): void {
    response.on('error', () => {});
    if (!sessionOf(request.socket) && !isOurHost(request.headers.host, listening)) {
      const error = fail('host-refused');
      response.writeHead(error.row.http, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ error: toWireError(error) }));
      return;
    }
    const path = request.url?.split('?', 1)[0];
    if ((request.method !== 'GET' && request.method !== 'HEAD') || path !== '/') {
      response.writeHead(path === '/' ? 405 : 404, { 'content-type': 'text/plain; charset=utf-8' });
      response.end(path === '/' ? 'Only GET.\n' : 'There is only one page here: /\n');
      return;
    }
    response.writeHead(200, headers);
    response.end(request.method === 'HEAD' ? undefined : statusPage(status()));
  }

  return {
    connect(session) {
      const [ours, theirs] = duplexPair();
      for (const end of [ours, theirs]) end.on('error', () => {});
      markConnection(ours, session);
      server.emit('connection', ours);
      return theirs;
    },
    async listen(address) {
      await listenOn(server, address);
      const bound = server.address();
      listening = {
        address: address.address,
        port: typeof bound === 'object' && bound ? bound.port : address.port,
      };
      return listening;
    },
    listeners: () => (listening ? [listening] : []),
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function listenOn(server: Server, { address, port }: ListenerAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const reason = cause.code === 'EADDRINUSE' ? 'another program listens there' : `error ${cause.code}`;
      reject(
        fail('address-in-use', { details: { address: formatAddress({ address, port }), reason }, cause }),
      );
    });
    server.listen(port, address, resolve);
  });
}

/** `HOST:PORT` to listen on, on this device alone. @throws web-needs-tls */
export function parseWebAddress(text: string): ListenerAddress {
  const match = /^(127(?:\.\d{1,3}){3}|localhost|\[::1\]):(\d{1,5})$/.exec(text);
  const port = Number(match?.[2]);
  const host = match?.[1];
  if (host === undefined || port > 65_535 || (host.startsWith('127.') && !isIP(host))) {
    throw fail('web-needs-tls', { details: { address: text.slice(0, 100) } });
  }
  return { address: host === 'localhost' ? '127.0.0.1' : host.replace(/[[\]]/g, ''), port };
}

export const formatAddress = ({ address, port }: ListenerAddress): string =>
  `${address.includes(':') ? `[${address}]` : address}:${port}`;

/** DNS rebinding: a page elsewhere can send a browser here, but not under one of these names. */
function isOurHost(host: string | undefined, listening: ListenerAddress | undefined): boolean {
  if (host === undefined || listening === undefined) return false;
  const names = [formatAddress(listening), `localhost:${listening.port}`];
  if (listening.port === 80) names.push(...names.map((name) => name.replace(/:80$/, '')));
  return names.includes(host.toLowerCase());
}
