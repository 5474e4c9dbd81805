import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { describe, it } from 'node:test';
import { fakeClock } from '@sallyport/protocol/testing';
import { connectTls, createTlsAcceptor } from '@sallyport/protocol/tls';
import { testAuthority } from '@sallyport/protocol/zoo';
import { sessionProtocol, upgrade } from './index.ts';

const now = Date.UTC(2027, 0, 1);
const home = await testAuthority(now);
const relay = await home.issue('relay', 'localhost');
const device = await home.issue('device', 'd123456789');
const representative = await home.issue('representative', 'erin@maker.example');
const clock = fakeClock(now);
const trust = { authority: home.authority, now: () => now, clock };
const request = { clock, timeoutMs: 5_000, host: 'localhost', path: '/v1/sessions/x' } as const;

async function tcpPair(): Promise<[Socket, Socket]> {
  const listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const client = connect((listener.address() as AddressInfo).port, '127.0.0.1');
  const [[server]] = (await Promise.all([once(listener, 'connection'), once(client, 'connect')])) as [
    [Socket],
    unknown,
  ];
  listener.close();
  for (const socket of [client, server]) socket.on('error', () => {});
  return [client, server];
}

/** Both ends of a connection to the relay: plain TCP, or TLS as in earnest. */
async function legOf(layer: 'tcp' | 'tls'): Promise<[mine: Duplex, relays: Duplex]> {
  const [client, server] = await tcpPair();
  if (layer === 'tcp') return [client, server];
  const acceptor = createTlsAcceptor({
    ...trust,
    identity: () => relay,
    roles: ['device'],
    certificate: 'required',
  });
  const [served, connected] = await Promise.all([
    acceptor.accept(server),
    connectTls(client, { ...trust, role: 'relay', identity: device }),
  ]);
  return [connected.socket, served.socket];
}

const head = `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${sessionProtocol}\r\n\r\n`;

describe('an inner handshake behind an upgrade', { timeout: 10_000 }, () => {
  for (const layer of ['tcp', 'tls'] as const) {
    for (const behind of [1, 100, 1_000, Number.POSITIVE_INFINITY]) {
      const bytes = Number.isFinite(behind)
        ? `${behind} bytes of the client hello`
        : 'the whole client hello';
      it(`goes through when ${bytes} came with the answer (over ${layer})`, async () => {
        const [ours, relays] = await legOf(layer);
        const [theirs, relaysOther] = await tcpPair();
        const upgrading = upgrade(ours, request);
        const connecting = connectTls(theirs, { ...trust, role: 'device', identity: representative });
        await once(relays, 'data');
        const [hello] = (await once(relaysOther, 'data')) as [Buffer];
        relays.write(Buffer.concat([Buffer.from(head), hello.subarray(0, behind)]));
        const { socket } = await upgrading;
        const acceptor = createTlsAcceptor({
          ...trust,
          identity: () => device,
          roles: ['representative'],
          certificate: 'required',
        });
        const accepting = acceptor.accept(socket);
        relays.write(hello.subarray(behind));
        relays.pipe(relaysOther).pipe(relays);
        const [served, connected] = await Promise.all([accepting, connecting]);
        assert.equal(served.peer?.id, 'erin@maker.example');
        connected.socket.end('x'.repeat(100_000));
        let length = 0;
        for await (const chunk of served.socket) length += (chunk as Buffer).length;
        assert.equal(length, 100_000);
        for (const stream of [ours, relays, theirs, relaysOther]) stream.destroy();
      });
    }
  }
});
