import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { isOwnConnection } from '@sallyport/runtime/loopback';
import { fail } from '../errors/index.ts';

/** More connections at once than this are closed when they come. */
const connectionLimit = 512;

export type LoopbackListener = { readonly port: number; close(): void };
export type LoopbackOptions = {
  /** A port of this computer; 0 for any that is free. */
  readonly port: number;
  /**
   * Whether `::1` is taken, too. Browsers take a name ending in `.localhost` for both addresses, and what we do not hold
   * another user could.
   */
  readonly both?: boolean;
  /** Given connections of this user's programs only; those of others are closed unread. */
  readonly onSocket: (socket: Socket) => void;
};

/** Listens on loopback for this user. @throws listen-failed */
export async function listenOnLoopback(options: LoopbackOptions): Promise<LoopbackListener> {
  const sockets = new Set<Socket>();
  const onSocket = async (socket: Socket): Promise<void> => {
    socket.on('error', () => {});
    if (sockets.size >= connectionLimit) return void socket.destroy();
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    const here = { address: socket.localAddress ?? '', port: socket.localPort ?? 0 };
    const there = { address: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 };
    if (await isOwnConnection(here, there)) options.onSocket(socket);
    else socket.destroy();
  };
  const { servers, port } = await listen(options, onSocket);
  return {
    port,
    close: () => {
      for (const server of servers) server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

async function listen(
  options: LoopbackOptions,
  onSocket: (socket: Socket) => void,
): Promise<{ servers: Server[]; port: number }> {
  for (let triesLeft = 20; ; triesLeft -= 1) {
    const four = await bind(options.port, '127.0.0.1', onSocket);
    const { port } = four.address() as AddressInfo;
    if (!options.both) return { servers: [four], port };
    try {
      return { servers: [four, await bind(port, '::1', onSocket)], port };
    } catch (error) {
      const { code } = (error as { cause?: NodeJS.ErrnoException }).cause ?? {};
      if (code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT') return { servers: [four], port };
      four.close();
      if (options.port !== 0 || triesLeft === 0) throw error;
    }
  }
}

async function bind(port: number, host: string, onSocket: (socket: Socket) => void): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, onSocket);
  try {
    await once(server.listen(port, host), 'listening');
    return server;
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? 'unknown';
    throw fail('listen-failed', { details: { port, reason }, cause, leg: 'this-computer' });
  }
}
