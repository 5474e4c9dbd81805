/** Who begins a connection to the relay and does not go on with it, many times over. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { Authority } from '@sallyport/protocol/identity';
import { connectTls, type TlsIdentity } from '@sallyport/protocol/tls';
import { clock } from './line.ts';

/** How far they go: */
export const halfWays = [
  /** a TCP connection and not a byte; */
  'tcp',
  /** the first message of a TLS handshake; */
  'client-hello',
  /** TLS as nobody, and then a byte a second of a request; */
  'byte-a-second',
  /** TLS as a device that is enrolled, and the upgrade to a tunnel but for its last line. */
  'upgrade',
] as const;
export type HalfWay = (typeof halfWays)[number];

export type Target = {
  readonly port: number;
  readonly authority: Authority;
  /** Of an enrolled device. */
  readonly device: TlsIdentity;
};

export type HalfOpen = {
  /** How many were connected, and how many of them the relay has closed. */
  counts(): { readonly connected: number; readonly closed: number };
  /** Settles when the relay has closed all of them. */
  readonly allClosed: Promise<void>;
  end(): void;
};

/** Of each batch all are connected before the next one begins. */
const batch = 50;

/** Makes `count` connections that go so far. Each stays until the relay closes it. */
export async function halfOpen(target: Target, how: HalfWay, count: number): Promise<HalfOpen> {
  const hello = how === 'client-hello' ? await clientHello(target) : Buffer.alloc(0);
  const open = new Set<Socket>();
  let connected = 0;
  const ended: Promise<void>[] = [];
  const timers = new Set<NodeJS.Timeout>();
  const one = async (): Promise<void> => {
    const socket = connect({ port: target.port, host: '127.0.0.1' });
    socket.on('error', () => {});
    const closed = new Promise<void>((resolve) => {
      socket.once('close', () => {
        open.delete(socket);
        resolve();
      });
    });
    await Promise.race([new Promise((resolve) => socket.once('connect', resolve)), closed]);
    if (socket.destroyed) return;
    open.add(socket);
    connected += 1;
    ended.push(closed);
    // Without a reader, its end would not be seen.
    if (how === 'tcp' || how === 'client-hello') {
      socket.resume();
      socket.write(hello);
      return;
    }
    try {
      const { socket: secure } = await connectTls(socket, {
        authority: target.authority,
        role: 'relay',
        identity: how === 'upgrade' ? target.device : undefined,
        now: () => clock.wallMs(),
        clock,
      });
      secure.resume();
      secure.on('end', () => secure.destroy());
      const words =
        'GET /v1/tunnel HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n';
      if (how === 'upgrade') secure.write(words);
      else {
        let said = 0;
        const timer = setInterval(() => secure.write(words[said++ % words.length] ?? ''), 1_000);
        timers.add(timer);
        secure.on('close', () => {
          clearInterval(timer);
          timers.delete(timer);
        });
      }
    } catch {
      // Closed while its handshake was under way.
    }
  };
  for (let left = count; left > 0; left -= batch) {
    await Promise.all(Array.from({ length: Math.min(batch, left) }, one));
  }
  return {
    counts: () => ({ connected, closed: connected - open.size }),
    allClosed: Promise.all(ended).then(() => {}),
    end: () => {
      for (const timer of timers) clearInterval(timer);
      for (const socket of open) socket.destroy();
    },
  };
}

/** The first bytes of a client of ours. */
async function clientHello({ authority }: Target): Promise<Buffer> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const arrived = once(server, 'connection') as Promise<[Socket]>;
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const refused = connectTls(socket, { authority, role: 'relay', now: () => 0, clock }).catch(() => {});
  const [peer] = await arrived;
  peer.on('error', () => {});
  const [bytes] = (await once(peer, 'data')) as [Buffer];
  peer.destroy();
  server.close();
  await refused;
  return bytes;
}
