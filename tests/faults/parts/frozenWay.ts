import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** The way from a machine to a port of this one, which stands still while that machine sleeps: nothing is passed on, nothing is said. */
export type FrozenWay = {
  readonly port: number;
  freeze(): void;
  /** What the other end hung up meanwhile is found out now. */
  thaw(): void;
  close(): void;
};

export async function frozenWay(to: number): Promise<FrozenWay> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let frozen = false;
  const server = createServer((near) => {
    const far = connect(to, '127.0.0.1');
    const pair = [near, far] as const;
    pairs.add(pair);
    if (frozen) for (const socket of pair) socket.pause();
    for (const [one, other] of [pair, pair.toReversed()] as [Socket, Socket][]) {
      one.on('error', () => {});
      one.on('data', (chunk) => void other.write(chunk));
      one.once('close', () => {
        if (frozen && one === far) return;
        pairs.delete(pair);
        other.destroy();
      });
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    freeze() {
      frozen = true;
      for (const pair of pairs) for (const socket of pair) socket.pause();
    },
    thaw() {
      frozen = false;
      for (const pair of pairs) {
        for (const socket of pair) socket.resume();
        if (pair[1].closed) pair[0].destroy();
      }
    },
    close() {
      server.close();
      for (const pair of pairs) for (const socket of pair) socket.destroy();
    },
  };
}
