/** A line on loopback that can be cut: what is connected through it is reset, and may connect again at once. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export type CuttableLine = {
  readonly port: number;
  /** Resets every connection of now. */
  cut(): void;
  end(): Promise<void>;
};

/** @param to the port that it leads to */
export async function openLine(to: number): Promise<CuttableLine> {
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (here) => {
    const there = connect({ port: to, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    for (const [one, other] of [
      [here, there],
      [there, here],
    ] as const) {
      open.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        open.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = (): void => {
    for (const socket of open) socket.resetAndDestroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    cut,
    end: async () => {
      server.close();
      cut();
      await once(server, 'close');
    },
  };
}
