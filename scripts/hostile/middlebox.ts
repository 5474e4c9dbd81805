/** What stands between two machines and spoils a connection at a chosen byte: a reset, or bytes that nobody sent. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** `near` is who connects to the middlebox, `far` where it leads. */
export type Spoil = {
  readonly how: 'reset' | 'garbage';
  /** After so many bytes of this side. */
  readonly after: number;
  readonly of: 'near' | 'far';
};

export type Middlebox = {
  readonly port: number;
  /** Where it leads: a port of the loopback. */
  target: number;
  /** Spoils the next connection. */
  spoilNext(spoil: Spoil): void;
  /** How many bytes of each side the last connection has carried. */
  passed(): { readonly near: number; readonly far: number };
  close(): void;
};

const garbage = Buffer.alloc(64, 0xa5);

export async function openMiddlebox(target = 0): Promise<Middlebox> {
  let next: Spoil | undefined;
  let passed = { near: 0, far: 0 };
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const spoil = next;
    next = undefined;
    const far = connect(box.target, '127.0.0.1');
    const counted = { near: 0, far: 0 };
    passed = counted;
    const reset = (): void => {
      near.resetAndDestroy();
      far.resetAndDestroy();
    };
    const carry = (from: Socket, to: Socket, side: 'near' | 'far'): void => {
      sockets.add(from);
      from.on('error', () => {});
      from.on('close', () => {
        sockets.delete(from);
        to.end();
      });
      from.on('data', (chunk: Buffer) => {
        const before = counted[side];
        counted[side] += chunk.length;
        if (spoil?.of !== side || spoil.after < before || spoil.after > counted[side]) {
          to.write(chunk);
          return;
        }
        const first = chunk.subarray(0, spoil.after - before);
        if (spoil.how === 'reset') to.write(first, reset);
        else to.write(Buffer.concat([first, garbage, chunk.subarray(first.length)]));
      });
    };
    carry(near, far, 'near');
    carry(far, near, 'far');
    if (spoil?.how === 'reset' && spoil.after === 0) reset();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const box: Middlebox = {
    port: (server.address() as AddressInfo).port,
    target,
    spoilNext: (spoil) => {
      next = spoil;
    },
    passed: () => passed,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
  return box;
}
