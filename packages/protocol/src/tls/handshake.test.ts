import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { createServer as createTlsServer, type TLSSocket, connect as tlsConnect } from 'node:tls';
import { rootSha256 } from '../identity/index.ts';
import { fakeClock, streamPair } from '../testing/index.ts';
import { connectTls, connectUnpinned, pairingSessionId, peerOf } from './index.ts';
import {
  acceptor,
  device,
  home,
  other,
  outcome,
  relay,
  representative,
  socketPair,
  trust,
} from './testEndpoints.ts';

const limit = { timeout: 10_000 };
const atRelay = { roles: ['device', 'representative'], certificate: 'optional' } as const;
const atDevice = { roles: ['representative'], certificate: 'required' } as const;
const toRelay = { ...trust, role: 'relay', servername: 'localhost' } as const;
const toDevice = { ...trust, role: 'device' } as const;

describe('a TLS connection', limit, () => {
  it('tells each end who the other is', async () => {
    const pair = await socketPair();
    const [served, connected] = await Promise.all([
      acceptor(relay, atRelay).accept(pair.server),
      connectTls(pair.client, { ...toRelay, identity: device }),
    ]);
    assert.equal(served.peer?.id, 'd123456789');
    assert.equal(served.peer?.role, 'device');
    assert.equal(connected.peer.id, 'localhost');
    assert.equal(peerOf(served.socket), served.peer);
    assert.equal(peerOf(connected.socket), connected.peer);
    connected.socket.destroy();
  });

  it('is of version 1.3, with the hybrid key exchange of X25519 and ML-KEM', async () => {
    const pair = await socketPair();
    const [served, { socket }] = await Promise.all([
      acceptor(relay, atRelay).accept(pair.server),
      connectTls(pair.client, toRelay),
    ]);
    assert.equal(socket.getProtocol(), 'TLSv1.3');
    const group = socket.getEphemeralKeyInfo() as { name?: string };
    assert.equal(group.name, 'X25519MLKEM768');
    assert.equal(served.peer, undefined);
    socket.destroy();
  });

  it('stacks on another one, with session ids of its own that both ends share', async () => {
    const pair = await socketPair();
    const [outer, client] = await Promise.all([
      acceptor(relay, atRelay).accept(pair.server),
      connectTls(pair.client, { ...toRelay, identity: representative }),
    ]);
    const [inner, innerClient] = await Promise.all([
      acceptor(device, atDevice).accept(outer.socket),
      connectTls(client.socket, { ...toDevice, identity: representative }),
    ]);
    const id = pairingSessionId(inner.socket);
    assert.equal(id.length, 32);
    assert.deepEqual(id, pairingSessionId(innerClient.socket));
    assert.deepEqual(pairingSessionId(outer.socket), pairingSessionId(client.socket));
    assert.notDeepEqual(id, pairingSessionId(outer.socket));
    innerClient.socket.end('through both layers');
    assert.equal(String((await once(inner.socket, 'data'))[0]), 'through both layers');
    client.socket.destroy();
  });

  it('goes over a stream in memory that is cut into single bytes', async () => {
    const pair = streamPair({ seed: 7, maxChunk: 3 });
    const [served, connected] = await Promise.all([
      acceptor(device, atDevice).accept(pair.a),
      connectTls(pair.b, { ...toDevice, identity: representative }),
    ]);
    assert.equal(served.peer?.id, connected.peer && 'erin@maker.example');
    pair.cut();
  });

  it('loses nothing of what the other side says at once and then ends', async () => {
    const pair = await socketPair();
    const serving = acceptor(relay, atRelay).accept(pair.server);
    const { socket } = await connectTls(pair.client, toRelay);
    socket.end('early');
    const served = await serving;
    await new Promise((resolve) => setImmediate(resolve));
    const chunks: Buffer[] = [];
    for await (const chunk of served.socket) chunks.push(chunk as Buffer);
    assert.equal(Buffer.concat(chunks).toString(), 'early');
  });

  it('keeps two that start at the same moment apart', async () => {
    const shared = acceptor(relay, atRelay);
    const identities = [device, representative, undefined, device, representative];
    const found = await Promise.all(
      identities.map(async (identity) => {
        const pair = await socketPair();
        const [served, connected] = await Promise.all([
          shared.accept(pair.server),
          connectTls(pair.client, { ...toRelay, ...(identity ? { identity } : {}) }),
        ]);
        connected.socket.destroy();
        return served.peer?.role;
      }),
    );
    assert.deepEqual(found, ['device', 'representative', undefined, 'device', 'representative']);
  });
});

describe('a client', limit, () => {
  it('refuses a relay of another name, and one that a rule does not name', async () => {
    for (const id of ['elsewhere.example', (name: string) => name.startsWith('b.')]) {
      const pair = await socketPair();
      const serving = acceptor(relay, atRelay).accept(pair.server);
      assert.equal(await outcome(connectTls(pair.client, { ...toRelay, id })), 'other-id');
      await serving.catch(() => undefined);
      pair.server.destroy();
    }
  });

  it('without a certificate is refused where one is required', async () => {
    const pair = await socketPair();
    const serving = acceptor(device, atDevice).accept(pair.server);
    const connecting = connectTls(pair.client, toDevice);
    assert.equal(await outcome(serving), 'none');
    await connecting.catch(() => undefined);
  });

  it('whose certificate ran out is let in within the grace, and marked', async () => {
    const later = trust.now() + 10 * 24 * 3_600_000;
    const grace = { ...atRelay, now: () => later, graceMs: 30 * 24 * 3_600_000 };
    const pair = await socketPair();
    const [served, connected] = await Promise.all([
      acceptor(relay, grace).accept(pair.server),
      connectTls(pair.client, { ...toRelay, identity: representative }),
    ]);
    assert.equal(served.peer?.expired, true);
    connected.socket.destroy();
  });

  it('is shown the new identity after a refresh', async () => {
    const renewed = await home.issue('relay', 'b.localhost');
    let current = relay;
    const shared = acceptor(relay, { ...atRelay, identity: () => current });
    const seen: string[] = [];
    for (const next of [relay, renewed]) {
      current = next;
      shared.refresh();
      const pair = await socketPair();
      const [, { socket, peer }] = await Promise.all([
        shared.accept(pair.server),
        connectTls(pair.client, toRelay),
      ]);
      seen.push(peer.id);
      socket.destroy();
    }
    assert.deepEqual(seen, ['localhost', 'b.localhost']);
  });
});

describe('the first contact', limit, () => {
  const pin = { rootSha256: rootSha256(home.authority), now: trust.now, clock: trust.clock };

  it('trusts a relay whose chain ends in the root of the token', async () => {
    const pair = await socketPair();
    const serving = acceptor(relay, atRelay).accept(pair.server);
    const first = await connectUnpinned(pair.client, { ...pin, id: 'localhost' });
    assert.equal(first.peer.id, 'localhost');
    assert.equal(first.root.raw.equals(home.authority.root.raw), true);
    assert.equal(first.relay.raw.equals(home.authority.relay.raw), true);
    first.socket.destroy();
    await serving.catch(() => undefined);
  });

  const wrong: { name: string; shown: () => Promise<{ key: string; certificate: string }>; check: string }[] =
    [
      {
        name: 'of another authority of the same name',
        shown: () => other.issue('relay', 'localhost'),
        check: 'issuer',
      },
      { name: 'that is a device', shown: async () => device, check: 'name' },
      {
        name: 'that shows our root above a chain of its own',
        shown: async () => {
          const fake = await other.issue('relay', 'localhost');
          return {
            key: fake.key,
            certificate: fake.certificate.replace(other.keyed.root.certificate, home.keyed.root.certificate),
          };
        },
        check: 'issuer',
      },
      {
        name: 'that shows its certificate alone',
        shown: async () => ({
          key: relay.key,
          certificate: `${relay.certificate.split('-----END CERTIFICATE-----')[0]}-----END CERTIFICATE-----\n`,
        }),
        check: 'issuer',
      },
      { name: 'of another name', shown: () => home.issue('relay', 'elsewhere'), check: 'other-id' },
    ];
  for (const { name, shown, check } of wrong) {
    it(`refuses one ${name}`, async () => {
      const pair = await socketPair();
      const serving = acceptor(await shown(), atRelay).accept(pair.server);
      assert.equal(await outcome(connectUnpinned(pair.client, { ...pin, id: 'localhost' })), check);
      await serving.catch(() => undefined);
      pair.server.destroy();
    });
  }
});

describe('resumption', limit, () => {
  it('is refused by a server to a client that kept every session it was told of', async () => {
    const shared = acceptor(relay, atRelay);
    const sessions: Buffer[] = [];
    let reused = false;
    for (let round = 0; round < 3; round += 1) {
      const pair = await socketPair();
      const serving = shared.accept(pair.server);
      const session = sessions.at(-1);
      const client = tlsConnect({
        socket: pair.client,
        rejectUnauthorized: false,
        ...(session ? { session } : {}),
      });
      client.on('session', (ticket) => sessions.push(ticket));
      client.on('error', () => {});
      await once(client, 'secureConnect');
      const served = await serving;
      served.socket.write('hello');
      await once(client, 'data');
      reused ||= client.isSessionReused() || served.socket.isSessionReused();
      client.destroy();
    }
    assert.equal(reused, false);
  });

  it('is never asked for by a client, though the server would', async () => {
    const willing = createTlsServer({ key: relay.key, cert: relay.certificate });
    const reused: boolean[] = [];
    for (let round = 0; round < 2; round += 1) {
      const pair = await socketPair();
      const secure = once(willing, 'secureConnection') as Promise<[TLSSocket]>;
      willing.emit('connection', pair.server);
      const { socket } = await connectTls(pair.client, toRelay);
      const [served] = await secure;
      served.write('hello');
      await once(socket, 'data');
      reused.push(served.isSessionReused());
      socket.destroy();
    }
    assert.deepEqual(reused, [false, false]);
  });
});

describe('other protocols', limit, () => {
  it('a client of TLS 1.2 is refused', async () => {
    const pair = await socketPair();
    const serving = acceptor(relay, atRelay).accept(pair.server);
    const old = tlsConnect({ socket: pair.client, maxVersion: 'TLSv1.2', rejectUnauthorized: false });
    const failed = once(old, 'error').then(
      () => 'secure',
      (error: NodeJS.ErrnoException) => error.code,
    );
    old.on('error', () => {});
    assert.equal(await outcome(serving), 'protocol');
    await failed;
    assert.equal(old.authorized, false);
  });

  it('a server of TLS 1.2 is refused', async () => {
    const pair = await socketPair();
    const old = createTlsServer({ key: relay.key, cert: relay.certificate, maxVersion: 'TLSv1.2' });
    old.on('tlsClientError', () => {});
    old.emit('connection', pair.server);
    await assert.rejects(connectTls(pair.client, toRelay), /does not speak TLS 1\.3/);
  });

  for (const [name, greeting] of [
    ['HTTP', 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n'],
    ['SSH', 'SSH-2.0-OpenSSH_9.9\r\n'],
    ['noise', 'x'.repeat(20_000)],
  ] as const) {
    it(`a server that speaks ${name} is told apart from one that is silent`, async () => {
      const pair = await socketPair();
      pair.server.end(greeting);
      await assert.rejects(connectTls(pair.client, toRelay), /does not speak TLS\b/);
    });
  }

  it('a client that speaks HTTP is refused', async () => {
    const pair = await socketPair();
    pair.client.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
    assert.equal(await outcome(acceptor(relay, atRelay).accept(pair.server)), 'protocol');
    pair.client.destroy();
  });
});

describe('a handshake that does not end', limit, () => {
  it('is given up after 10 s, on both sides', async () => {
    const clock = fakeClock(trust.now());
    const [one, two] = [await socketPair(), await socketPair()];
    const serving = outcome(acceptor(relay, { ...atRelay, clock }).accept(one.server));
    const connecting = outcome(connectTls(two.client, { ...toRelay, clock }));
    await clock.advance(9_999);
    assert.equal(one.server.destroyed || two.client.destroyed, false);
    await clock.advance(1);
    assert.deepEqual([await serving, await connecting], ['timed-out', 'timed-out']);
    assert.deepEqual([one.server.destroyed, two.client.destroyed], [true, true]);
    assert.equal(clock.pending(), 0);
    one.client.destroy();
    two.server.destroy();
  });

  it('ends with the reason of the signal that aborts it', async () => {
    const pair = await socketPair();
    const controller = new AbortController();
    const connecting = connectTls(pair.client, { ...toRelay, signal: controller.signal });
    controller.abort(new Error('no longer wanted'));
    await assert.rejects(connecting, /no longer wanted/);
    assert.equal(pair.client.destroyed, true);
    pair.server.destroy();
  });

  it('fails at once on a stream that is gone already', async () => {
    const pair = await socketPair();
    pair.client.destroy();
    pair.server.destroy();
    assert.equal(await outcome(connectTls(pair.client, toRelay)), 'connection-lost');
    assert.equal(await outcome(acceptor(relay, atRelay).accept(pair.server)), 'connection-lost');
  });
});
