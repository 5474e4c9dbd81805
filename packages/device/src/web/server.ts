import { createServer, type RequestListener, type Server } from 'node:http';
import { hostname } from 'node:os';
import { type Duplex, duplexPair } from 'node:stream';
import type { Clock, Log, Random } from '@sallyport/protocol/environment';
import { fail as protocolFail } from '@sallyport/protocol/errors';
import Fastify, { type FastifyInstance } from 'fastify';
import {
  type ApiSubject,
  addRoutes,
  answerErrors,
  bodyCap,
  markConnection,
  requestedThrough,
  sessionOf,
} from '../api/index.ts';
import type { ChannelSession, ListenerAddress, WebRequest } from '../channels/index.ts';
import { formatAddress, isLoopback } from './address.ts';
import { type CertificateSource, ownAddresses } from './certificate.ts';
import { judge } from './gate.ts';
import { nonceMark, pagePolicy, securityHeaders } from './headers.ts';
import { type Listener, openListener } from './listener.ts';
import { builtPages, notBuilt, pagesOf } from './pages.ts';
import { visitOf } from './visit.ts';

/** How long the headers of a request may take; its body as long again. In milliseconds. */
const longestHeadersMs = 10_000;

export type WebInterface = {
  /** A connection to it that came through a session, and bears its mark. */
  connect(session: ChannelSession, requested?: (request: WebRequest) => void): Duplex;
  /**
   * Listens for people: by plain HTTP where only this device can reach it, elsewhere by TLS.
   *
   * @throws address-in-use, web-certificate-invalid
   */
  listen(address: ListenerAddress, certificate: CertificateSource): Promise<Listening>;
  /** Listens there besides. @throws address-in-use, web-certificate-invalid */
  open(address: ListenerAddress, certificate: CertificateSource): Promise<Listener>;
  /** Listens there no more; connections that there are stay. */
  end(listener: Listener): Promise<void>;
  /** Where it listens. */
  listeners(): readonly ListenerAddress[];
  /** The first of them. */
  listening(): Listening | undefined;
  close(): Promise<void>;
};

/** Where people find it. */
export type Listening = ListenerAddress & {
  readonly url: string;
  /** SHA-256 of its certificate; undefined without TLS. */
  readonly fingerprint: string | undefined;
  /** Whether that certificate was supplied; undefined without TLS. */
  readonly supplied: boolean | undefined;
};

export type WebOptions = ApiSubject & {
  readonly clock: Clock;
  readonly log: Log;
  readonly random: Random;
  /** The folder of the built pages. */
  readonly pages?: string;
  /** The user that programs of sessions run as, where it is one of its own. */
  readonly sessionsUser?: number | undefined;
  /** How long the headers of a request may take, in milliseconds. */
  readonly headersMs?: number;
};

/** The device's web interface: its pages, and the routes of the API. It serves sessions also while it listens nowhere. */
export function makeWebInterface(options: WebOptions): WebInterface {
  const { clock, log, random, sessionsUser } = options;
  /** Where it listens; more than one while another address is tried. */
  let open: readonly Listener[] = [];
  let closed = false;
  const { app, server } = makeServer(options, (host) => open.some((one) => isOurHost(host, one)));
  const take = (connection: Duplex): void => void server.emit('connection', connection);

  return {
    connect(session, requested) {
      const [ours, theirs] = duplexPair();
      for (const end of [ours, theirs]) end.on('error', () => {});
      markConnection(ours, session, requested);
      app.ready().then(
        () => void server.emit('connection', ours),
        (error) => ours.destroy(error),
      );
      return theirs;
    },
    async listen(address, source) {
      const listener = await this.open(address, source);
      return told(listener);
    },
    async open(address, source) {
      await app.ready();
      const listener = await openListener(address, source, { clock, log, random, sessionsUser, take });
      if (closed) {
        // It was being opened while everything closed.
        await listener.stop();
        throw new Error('the web interface ends');
      }
      open = [...open, listener];
      // Only a server that listens looks for requests that do not come to an end: this one is given its connections.
      server.emit('listening');
      return listener;
    },
    async end(listener) {
      open = open.filter((one) => one !== listener);
      await listener.stop();
    },
    listeners: () => open.map(({ at }) => at),
    listening: () => open[0] && told(open[0]),
    async close() {
      closed = true;
      for (const listener of open) await listener.stop();
      server.closeAllConnections();
      await app.close();
    },
  };
}

/** Where people find what listens there. */
export function told({ at: listening, certificate }: Listener): Listening {
  const everywhere = listening.address === '0.0.0.0' || listening.address === '::';
  const shown = everywhere ? { ...listening, address: ownAddresses()[0] ?? hostname() } : listening;
  return {
    ...listening,
    url: `${certificate ? 'https' : 'http'}://${formatAddress(shown)}/`,
    fingerprint: certificate?.fingerprint(),
    supplied: certificate?.supplied,
  };
}

function makeServer(
  options: WebOptions,
  isOurs: (host: string) => boolean,
): { app: FastifyInstance; server: Server } {
  const { signIn, random, log, pages: folder = builtPages, headersMs = longestHeadersMs } = options;
  const pages = pagesOf(folder);
  const make = (handler: RequestListener): Server =>
    createServer(
      {
        headersTimeout: headersMs,
        requestTimeout: 2 * headersMs,
        connectionsCheckingInterval: headersMs / 2,
        maxHeaderSize: 16 * 1024,
      },
      handler,
    );
  let server: Server | undefined;
  const app = Fastify({
    bodyLimit: bodyCap,
    forceCloseConnections: true,
    exposeHeadRoutes: false,
    trustProxy: false,
    // What is no HTTP gets no answer.
    clientErrorHandler: (_error, socket) => void socket.destroy(),
    serverFactory: (handler) => {
      server = make(handler);
      return server;
    },
  });
  answerErrors(app, log);
  app.addHook('onRequest', async ({ raw, headers, method }, reply) => {
    const secure = 'encrypted' in raw.socket;
    reply.headers(securityHeaders(secure));
    const throughSession = sessionOf(raw.socket) !== undefined;
    const requested = requestedThrough(raw.socket);
    if (requested) {
      const { raw: answer } = reply;
      answer.once('close', () => requested({ method, path: raw.url ?? '', status: answer.statusCode }));
    }
    judge({ method, path: raw.url ?? '', headers, secure, throughSession }, isOurs);
  });
  addRoutes(app, { ...options, visitOf: (request, reply, use) => visitOf(signIn, request, reply, use) });
  app.route({
    method: ['GET', 'HEAD'],
    url: '/*',
    handler: async ({ raw, headers }, reply) => {
      const path = (raw.url ?? '').split('?', 1)[0] ?? '';
      if (path.startsWith('/v1/')) throw protocolFail('not-found');
      const file = await pages.file(path, String(headers['accept-encoding'] ?? ''));
      if (file) {
        if (file.encoding !== undefined) reply.header('content-encoding', file.encoding);
        return reply
          .header('vary', 'accept-encoding')
          .header('cache-control', file.forEver ? 'public, max-age=31536000, immutable' : 'no-store')
          .type(file.type)
          .send(file.content);
      }
      // A route of the page has no ending; what has one is a file that is not there.
      if (/\.\w+$/.test(path) || path.startsWith('/assets/')) throw protocolFail('not-found');
      const nonce = Buffer.from(random(16)).toString('base64');
      return reply
        .code(pages.index() === undefined ? 503 : 200)
        .header('cache-control', 'no-store')
        .header('content-security-policy', pagePolicy(nonce, path))
        .type('text/html; charset=utf-8')
        .send((pages.index() ?? notBuilt).replaceAll(nonceMark, nonce));
    },
  });
  if (!server) throw protocolFail('internal');
  return { app, server };
}

/** DNS rebinding: a page elsewhere can send a browser here, but not under one of these names. */
function isOurHost(host: string, { at: listening, certificate }: Listener): boolean {
  const certified = certificate?.names() ?? [];
  const { address, port } = listening;
  const everywhere = address === '0.0.0.0' || address === '::';
  const names = isLoopback(listening)
    ? [address, 'localhost']
    : [
        address,
        hostname().toLowerCase(),
        'localhost',
        ...certified,
        ...(everywhere ? ['127.0.0.1', '::1', ...ownAddresses()] : []),
      ];
  const usual = isLoopback(listening) ? 80 : 443;
  return names.some((name) => {
    const [bare] = formatAddress({ address: name, port: 0 }).split(/:0$/);
    return host === `${bare}:${port}` || (port === usual && host === bare);
  });
}
