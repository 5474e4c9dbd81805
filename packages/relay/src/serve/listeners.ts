import { createServer, type Server, type Socket } from 'node:net';
import { fail } from '../errors/index.ts';
import { connections, handshakes, handshakesPerTurn } from '../limits.ts';
import { addressGroup, Crowd } from './crowd.ts';
import { Pace } from './pace.ts';

/** An address to listen on: `127.0.0.1:8443`, `[::]:443`. Port 0 takes a free one. */
export type ListenAddress = { readonly host: string; readonly port: number };

/** @throws argument-invalid */
export function parseListen(text: string): ListenAddress {
  const match = /^(?:\[([0-9a-fA-F:.]{2,45})\]|([^:[\]\s]{1,253})):(\d{1,5})$/.exec(text.trim());
  const port = Number(match?.[3]);
  const host = match?.[1] ?? match?.[2];
  if (host === undefined || !(port <= 65_535)) {
    const reason = 'it has the form HOST:PORT, such as 0.0.0.0:443 or [::]:443';
    throw fail('argument-invalid', {
      details: { what: `--listen (listen in config.yaml): "${text}"`, reason },
    });
  }
  return { host, port };
}

export function formatListen({ host, port }: ListenAddress): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

export type Listeners = {
  /** Where it really listens. */
  readonly addresses: readonly ListenAddress[];
  close(): void;
};

/**
 * Listens on all addresses or on none. Each connection is given to `onConnection`, which says when its handshake is
 * over; above the cap of handshakes under way, one of the address with the most of them is closed.
 *
 * @throws listen-in-use, listen-refused
 */
export async function openListeners(
  addresses: readonly ListenAddress[],
  onConnection: (socket: Socket) => Promise<void>,
): Promise<Listeners> {
  const servers: Server[] = [];
  const underWay = new Crowd<Socket>(handshakes, (socket) => socket.destroy());
  const pace = new Pace(handshakesPerTurn);
  const accept = (socket: Socket): void => {
    socket.on('error', () => {});
    underWay.enter(socket, addressGroup(socket.remoteAddress));
    pace.start(() => {
      if (socket.destroyed) underWay.leave(socket);
      else onConnection(socket).finally(() => underWay.leave(socket));
    });
  };
  try {
    for (const address of addresses) {
      // `[::]` alone takes IPv4 too; beside `0.0.0.0` it must leave that to it.
      const ipv6Only = addresses.some(({ host, port }) => host === '0.0.0.0' && port === address.port);
      servers.push(await listen(address, ipv6Only, accept));
    }
  } catch (error) {
    for (const server of servers) server.close();
    throw error;
  }
  return {
    addresses: servers.map((server, index) => {
      const real = server.address();
      const host = addresses[index]?.host ?? '';
      return { host, port: typeof real === 'object' && real ? real.port : 0 };
    }),
    close(): void {
      for (const server of servers) server.close();
    },
  };
}

function listen(
  address: ListenAddress,
  ipv6Only: boolean,
  accept: (socket: Socket) => void,
): Promise<Server> {
  // What a client says waits in the kernel until it is its turn.
  const options = { noDelay: true, keepAlive: true, keepAliveInitialDelay: 15_000, pauseOnConnect: true };
  const server = createServer(options, accept);
  server.maxConnections = connections;
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenFailure(address, error)));
    server.listen({ host: address.host, port: address.port, ipv6Only, backlog: 511 }, () => {
      server.removeAllListeners('error');
      server.on('error', () => {});
      resolve(server);
    });
  });
}

function listenFailure(address: ListenAddress, cause: NodeJS.ErrnoException): Error {
  const details = { address: formatListen(address), reason: cause.code ?? cause.message };
  return fail(cause.code === 'EADDRINUSE' ? 'listen-in-use' : 'listen-refused', { details, cause });
}
