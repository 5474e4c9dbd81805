import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import { streamPair } from '../testing/index.ts';
import { connectTls } from './index.ts';
import {
  acceptor,
  clock,
  device,
  outcome,
  relay,
  representative,
  socketPair,
  trust,
} from './testEndpoints.ts';

const atRelay = { roles: ['representative'], certificate: 'optional' } as const;
const atDevice = { roles: ['representative'], certificate: 'required' } as const;
const toRelay = { ...trust, role: 'relay', identity: representative } as const;
const toDevice = { ...trust, role: 'device', identity: representative } as const;

/** A client says about 1,500 bytes of hello, then its certificates; a server about 3,500 in all. Then both talk on. */
const furthestCut = 4_900;

/** What the process would have died of. */
const deadly: unknown[] = [];
const note = (error: unknown): void => void deadly.push(error);
before(() => void process.on('uncaughtException', note).on('unhandledRejection', note));
after(() => void process.off('uncaughtException', note).off('unhandledRejection', note));

/** Resolves at 'close', also after an error. */
const closed = (socket: Duplex): Promise<void> =>
  new Promise((resolve) => {
    if (socket.closed) resolve();
    else socket.once('close', resolve);
  });

/** Talks until the cut comes, if the handshake was over before it, and waits for its end. */
async function talkUntilCut(socket: Duplex): Promise<void> {
  socket.resume();
  socket.write(Buffer.alloc(furthestCut));
  await closed(socket);
}

/** Forwards between two sockets and resets both when `limit` bytes of one direction have passed. */
function resetAfter(from: Socket, to: Socket, limit: number, direction: 'up' | 'down'): void {
  let left = limit;
  const [counted, other] = direction === 'up' ? [from, to] : [to, from];
  const reset = (): void => {
    from.resetAndDestroy();
    to.resetAndDestroy();
  };
  other.on('data', (bytes: Buffer) => counted.write(bytes));
  counted.on('data', (bytes: Buffer) => {
    if (bytes.length < left) {
      left -= bytes.length;
      other.write(bytes);
    } else {
      other.write(bytes.subarray(0, left), reset);
    }
  });
  if (limit === 0) reset();
  for (const socket of [from, to]) socket.on('error', () => {});
}

/** A middlebox between two ends. */
async function throughMiddlebox(
  limit: number,
  direction: 'up' | 'down',
): Promise<{ client: Socket; server: Socket }> {
  const inside = await socketPair();
  const listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const client = connect((listener.address() as AddressInfo).port, '127.0.0.1');
  client.on('error', () => {});
  const [[outside]] = (await Promise.all([once(listener, 'connection'), once(client, 'connect')])) as [
    [Socket],
    unknown,
  ];
  listener.close();
  resetAfter(outside, inside.client, limit, direction);
  return { client, server: inside.server };
}

const cuts = (step: number): number[] =>
  Array.from({ length: Math.ceil(furthestCut / step) }, (_, index) => index * step);

describe('an RST in the middle of a handshake', { timeout: 20_000 }, () => {
  for (const direction of ['up', 'down'] as const) {
    const from = direction === 'up' ? 'client' : 'server';
    it(`after any number of bytes of the ${from} ends both attempts and nothing else`, async () => {
      const seen = new Set<string>();
      for (const limit of cuts(140)) {
        const { client, server } = await throughMiddlebox(limit, direction);
        const attempts = [
          connectTls(client, toRelay).then(({ socket }) => talkUntilCut(socket)),
          acceptor(relay, atRelay)
            .accept(server)
            .then(({ socket }) => talkUntilCut(socket)),
        ];
        for (const end of await Promise.all(attempts.map(outcome))) seen.add(end);
        client.destroy();
        server.destroy();
      }
      assert.deepEqual([...seen].toSorted(), ['connection-lost', 'secure']);
      assert.deepEqual(deadly, []);
    });
  }
});

describe('a cut in the middle of an inner handshake', { timeout: 20_000 }, () => {
  for (const side of ['a', 'b'] as const) {
    it(`after any number of bytes of the ${side === 'a' ? 'server' : 'client'} ends both attempts`, async () => {
      const seen = new Set<string>();
      for (const bytes of cuts(70)) {
        const pair = streamPair();
        pair.cutAfter(bytes, side);
        const attempts = [
          connectTls(pair.b, toDevice).then(({ socket }) => talkUntilCut(socket)),
          acceptor(device, atDevice)
            .accept(pair.a)
            .then(({ socket }) => talkUntilCut(socket)),
        ];
        for (const end of await Promise.all(attempts.map(outcome))) seen.add(end);
        pair.cut();
      }
      assert.deepEqual([...seen].toSorted(), ['connection-lost', 'secure']);
      assert.deepEqual(deadly, []);
      assert.equal(clock.pending(), 0);
    });
  }

  it('when the outer connection is reset ends the inner attempts too', async () => {
    const pair = await socketPair();
    const [outer, client] = await Promise.all([
      acceptor(relay, atRelay).accept(pair.server),
      connectTls(pair.client, toRelay),
    ]);
    const serving = outcome(acceptor(device, atDevice).accept(outer.socket));
    // Nobody at the client's end starts the inner handshake; the network goes away.
    pair.client.resetAndDestroy();
    assert.equal(await serving, 'connection-lost');
    assert.equal(client.socket.destroyed || pair.client.destroyed, true);
    assert.deepEqual(deadly, []);
  });
});
