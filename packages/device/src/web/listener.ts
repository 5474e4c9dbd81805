import { createServer, type Socket, type Server as TcpServer } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Clock, Log, Random, Timer } from '@sallyport/protocol/environment';
import { createBrowserAcceptor } from '@sallyport/protocol/tls';
import { ownerOfPeer } from '@sallyport/runtime/loopback';
import type { ListenerAddress } from '../channels/index.ts';
import { fail } from '../errors/index.ts';
import { countedAddress } from '../signIn/index.ts';
import { formatAddress, isLoopback } from './address.ts';
import { type CertificateSource, loadWebCertificate, type WebCertificate } from './certificate.ts';

/** Connections at once of a listener; and of them from one address. */
const connectionCap = 256;
const addressCap = 48;
/** How often it is looked for a newer certificate, in milliseconds. */
const certificateMs = 60_000;

/** One address on which the web interface listens. */
export type Listener = {
  readonly at: ListenerAddress;
  /** Undefined without TLS. */
  readonly certificate: WebCertificate | undefined;
  /** Listens no more; connections that there are stay. */
  stop(): Promise<void>;
  /** Ends its connections. */
  cut(): void;
};

export type ListenerOptions = {
  readonly clock: Clock;
  readonly log: Log;
  readonly random: Random;
  /** The user that programs of sessions run as, where it is one of its own. */
  readonly sessionsUser?: number | undefined;
  /** Takes a connection that is through. */
  readonly take: (connection: Duplex) => void;
};

const listenerOfConnection = new WeakMap<object, Listener>();

/** By which listener a connection came; undefined for one of a session. */
export const listenerOf = (connection: object): Listener | undefined => listenerOfConnection.get(connection);

/** Listens: by plain HTTP where only this device can reach it, elsewhere by TLS. @throws address-in-use, web-certificate-invalid */
export async function openListener(
  address: ListenerAddress,
  source: CertificateSource,
  options: ListenerOptions,
): Promise<Listener> {
  const { clock, log, random, sessionsUser, take } = options;
  const own = isLoopback(address) ? undefined : await loadWebCertificate(source, { clock, random, log });
  const acceptor = own && createBrowserAcceptor({ identity: () => own.identity(), clock });
  let renewal: Timer | undefined;
  let stopped = false;
  const look = async (): Promise<void> => {
    const isNewer = await own?.refresh();
    if (stopped) return;
    if (isNewer) acceptor?.refresh();
    renewal = clock.after(certificateMs, () => void look());
  };
  if (own) renewal = clock.after(certificateMs, () => void look());

  const places = new Map<string, number>();
  const connections = new Set<Socket>();
  const server = createServer((socket) => {
    socket.on('error', () => {});
    if (!takePlace(places, socket)) return void socket.destroy();
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
    const accept = async (): Promise<void> => {
      if (await isOfSessions(socket, sessionsUser)) return void socket.destroy();
      const connection = acceptor ? await acceptor.accept(socket) : socket;
      listenerOfConnection.set(connection, listener);
      take(connection);
    };
    accept().catch((error) => {
      socket.destroy();
      log.debug('handshake-failed-1', { error });
    });
  });
  server.maxConnections = connectionCap;
  const listener: Listener = {
    // What is bound is known when it listens.
    get at() {
      const bound = server.address();
      return { address: address.address, port: typeof bound === 'object' && bound ? bound.port : port };
    },
    certificate: own,
    stop: () =>
      new Promise((resolve) => {
        stopped = true;
        renewal?.cancel();
        if (!server.listening) return resolve();
        // Its callback waits for the last connection; the address is free at once.
        server.close();
        setImmediate(resolve);
      }),
    cut: () => {
      for (const connection of connections) connection.destroy();
    },
  };
  let { port } = address;
  try {
    await listenOn(server, address);
  } catch (error) {
    renewal?.cancel();
    throw error;
  }
  ({ port } = listener.at);
  return listener;
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
