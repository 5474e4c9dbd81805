import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTcpServer, type Socket, type Server as TcpServer } from 'node:net';
import { hostname } from 'node:os';
import { type Duplex, duplexPair } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import type { Clock, Log, Random, Timer } from '@sallyport/protocol/environment';
import { fail as protocolFail } from '@sallyport/protocol/errors';
import { createBrowserAcceptor } from '@sallyport/protocol/tls';
import { ownerOfPeer } from '@sallyport/runtime/loopback';
import Fastify, { type FastifyInstance } from 'fastify';
import {
  type ApiSubject,
  addRoutes,
  answerErrors,
  bodyCap,
  markConnection,
  sessionOf,
} from '../api/index.ts';
import type { ChannelSession, ListenerAddress } from '../channels/index.ts';
import { fail } from '../errors/index.ts';
import { countedAddress } from '../signIn/index.ts';
import { formatAddress, isLoopback } from './address.ts';
import {
  type CertificateSource,
  loadWebCertificate,
  ownAddresses,
  type WebCertificate,
} from './certificate.ts';
import { judge } from './gate.ts';
import { nonceMark, pagePolicy, securityHeaders } from './headers.ts';
import { builtPages, notBuilt, pagesOf } from './pages.ts';
import { visitOf } from './visit.ts';

/** Connections at once, from elsewhere than sessions; and of them from one address. */
const connectionCap = 256;
const addressCap = 48;
/** How long the headers of a request may take; its body as long again. In milliseconds. */
const longestHeadersMs = 10_000;
/** How often it is looked for a newer certificate, in milliseconds. */
const certificateMs = 60_000;

export type WebInterface = {
  /** A connection to it that came through a session, and bears its mark. */
  connect(session: ChannelSession): Duplex;
  /**
   * Listens for people: by plain HTTP where only this device can reach it, elsewhere by TLS.
   *
   * @throws address-in-use, web-certificate-invalid
   */
  listen(address: ListenerAddress, certificate: CertificateSource): Promise<Listening>;
  /** Where it listens. */
  listeners(): readonly ListenerAddress[];
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
  let listener: TcpServer | undefined;
  let listening: ListenerAddress | undefined;
  let certificate: WebCertificate | undefined;
  let renewal: Timer | undefined;
  const names = (): readonly string[] => certificate?.names() ?? [];
  const { app, server } = makeServer(options, (host) => isOurHost(host, listening, names()));

  /** @throws web-certificate-invalid */
  async function overTls(source: CertificateSource): Promise<(socket: Socket) => Promise<TLSSocket>> {
    const own = await loadWebCertificate(source, { clock, random, log });
    certificate = own;
    const acceptor = createBrowserAcceptor({ identity: () => own.identity(), clock });
    const look = async (): Promise<void> => {
      if (await own.refresh()) acceptor.refresh();
      renewal = clock.after(certificateMs, () => void look());
    };
    renewal = clock.after(certificateMs, () => void look());
    return (socket) => acceptor.accept(socket);
  }

  return {
    connect(session) {
      const [ours, theirs] = duplexPair();
      for (const end of [ours, theirs]) end.on('error', () => {});
      markConnection(ours, session);
      app.ready().then(
        () => void server.emit('connection', ours),
        (error) => ours.destroy(error),
      );
      return theirs;
    },
    async listen(address, source) {
      await app.ready();
      const serve = isLoopback(address) ? async (socket: Socket) => socket : await overTls(source);
      const places = new Map<string, number>();
      listener = createTcpServer((socket) => {
        socket.on('error', () => {});
        if (!takePlace(places, socket)) return void socket.destroy();
        const accept = async (): Promise<void> => {
          if (await isOfSessions(socket, sessionsUser)) return void socket.destroy();
          server.emit('connection', await serve(socket));
        };
        accept().catch((error) => {
          socket.destroy();
          log.debug('handshake-failed-1', { error });
        });
      });
      listener.maxConnections = connectionCap;
      await listenOn(listener, address);
      // Only a server that listens looks for requests that do not come to an end: this one is given its connections.
      server.emit('listening');
      const bound = listener.address();
      const port = typeof bound === 'object' && bound ? bound.port : address.port;
      listening = { address: address.address, port };
      return told(listening, certificate);
    },
    listeners: () => (listening ? [listening] : []),
    listening: () => listening && told(listening, certificate),
    async close() {
      renewal?.cancel();
      listener?.close();
      server.closeAllConnections();
      await app.close();
    },
  };
}

function told(listening: ListenerAddress, certificate: WebCertificate | undefined): Listening {
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
        .header('content-security-policy', pagePolicy(nonce))
        .type('text/html; charset=utf-8')
        .send((pages.index() ?? notBuilt).replaceAll(nonceMark, nonce));
    },
  });
  if (!server) throw protocolFail('internal');
  return { app, server };
}

function listenOn(server: TcpServer, { address, port }: ListenerAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const reason =
        cause.code === 'EADDRINUSE'
          ? 'another program listens there'
          : cause.code === 'EADDRNOTAVAIL'
            ? 'it is not an address of this device'
            : `error ${cause.code}`;
      reject(
        fail('address-in-use', { details: { address: formatAddress({ address, port }), reason }, cause }),
      );
    });
    server.listen(port, address, () => {
      // A connection that could not be taken, as for want of a descriptor: who asked asks again.
      server.on('error', () => {});
      resolve();
    });
  });
}

/** So that one address cannot keep all others out. @returns whether there was a place */
function takePlace(places: Map<string, number>, socket: Socket): boolean {
  const address = countedAddress(socket.remoteAddress ?? '');
  const taken = places.get(address) ?? 0;
  if (taken >= addressCap) return false;
  places.set(address, taken + 1);
  socket.once('close', () => {
    const left = (places.get(address) ?? 1) - 1;
    if (left > 0) places.set(address, left);
    else places.delete(address);
  });
  return true;
}

/**
 * Whether a connection comes from a program of a session: a terminal on the device reaches its listeners as everybody
 * there does, and bears no mark. So nothing that this user opens is answered, whoever's password it has.
 */
async function isOfSessions(socket: Socket, user: number | undefined): Promise<boolean> {
  if (user === undefined) return false;
  const here = { address: socket.localAddress ?? '', port: socket.localPort ?? 0 };
  const there = { address: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 };
  return (await ownerOfPeer(here, there)) === user;
}

/** DNS rebinding: a page elsewhere can send a browser here, but not under one of these names. */
function isOurHost(
  host: string,
  listening: ListenerAddress | undefined,
  certified: readonly string[],
): boolean {
  if (listening === undefined) return false;
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
