import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, describe, it } from 'node:test';
import { type Role, roles } from '../identity/index.ts';
import { zooOf } from '../zoo/index.ts';
import { connectTls } from './index.ts';
import {
  acceptor,
  clock,
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

/** Which roles are servers, and who their clients are. */
const serving: { readonly role: Role; readonly client: typeof relay }[] = [
  { role: 'relay', client: device },
  { role: 'device', client: representative },
];

for (const { role, client } of serving) {
  describe(`a TLS client that expects a ${role}`, limit, async () => {
    for (const beast of await zooOf(role, home, other)) {
      it(`refuses one ${beast.name}, and hands out no socket`, async () => {
        const pair = await socketPair();
        const accepted = acceptor(beast, { roles, certificate: 'optional' }).accept(pair.server);
        const connected = connectTls(pair.client, { ...trust, role, identity: client });
        assert.equal(await outcome(connected), beast.check);
        assert.equal(pair.client.destroyed, true);
        const served = await accepted.catch(() => undefined);
        served?.socket.destroy();
        pair.server.destroy();
      });
    }
  });
}

for (const { role, by } of [
  { role: 'device', by: relay },
  { role: 'representative', by: relay },
  { role: 'representative', by: device },
] as const) {
  const name = by === relay ? 'relay' : 'device';
  describe(`a ${name} that serves a ${role}`, limit, async () => {
    for (const beast of await zooOf(role, home, other)) {
      it(`refuses one ${beast.name}, and destroys the connection`, async () => {
        const pair = await socketPair();
        const accepted = acceptor(by, { roles: [role], certificate: 'required' }).accept(pair.server);
        const connected = connectTls(pair.client, { ...trust, role: name, identity: beast });
        const client = connected.then(
          async ({ socket }) => {
            if (!socket.destroyed) await once(socket, 'close');
          },
          () => undefined,
        );
        assert.equal(await outcome(accepted), beast.check);
        assert.equal(pair.server.destroyed, true);
        await client;
      });
    }
  });
}

describe('a server for which a certificate is optional', limit, async () => {
  it('refuses a wrong certificate all the same', async () => {
    for (const beast of await zooOf('representative', home, other)) {
      const pair = await socketPair();
      const accepted = acceptor(relay, { roles: ['representative'], certificate: 'optional' }).accept(
        pair.server,
      );
      const connected = connectTls(pair.client, { ...trust, role: 'relay', identity: beast });
      assert.equal(await outcome(accepted), beast.check, beast.name);
      await connected.catch(() => undefined);
      pair.client.destroy();
    }
  });
});

describe('NODE_TLS_REJECT_UNAUTHORIZED=0', limit, async () => {
  const before = process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
  const zoo = await zooOf('relay', home, other);
  after(() => {
    if (before === undefined) delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    else process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = before;
  });

  it('has no effect on a client', async () => {
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    for (const beast of zoo) {
      const pair = await socketPair();
      const accepted = acceptor(beast, { roles, certificate: 'optional' }).accept(pair.server);
      const connected = connectTls(pair.client, { ...trust, role: 'relay' });
      assert.equal(await outcome(connected), beast.check, beast.name);
      await accepted.catch(() => undefined);
      pair.server.destroy();
    }
  });

  it('has no effect on a server', async () => {
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    for (const beast of await zooOf('device', home, other)) {
      const pair = await socketPair();
      const accepted = acceptor(relay, { roles: ['device'], certificate: 'required' }).accept(pair.server);
      const connected = connectTls(pair.client, { ...trust, role: 'relay', identity: beast });
      assert.equal(await outcome(accepted), beast.check, beast.name);
      await connected.catch(() => undefined);
      pair.client.destroy();
    }
  });
});

describe('the deadlines of all these handshakes', () => {
  it('were taken back', async () => {
    // What remains is the last chance of servers to send an alert, given up with the connection.
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(clock.pending(), 0);
  });
});
