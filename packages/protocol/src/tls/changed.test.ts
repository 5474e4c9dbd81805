import assert from 'node:assert/strict';
import type { Duplex } from 'node:stream';
import { describe, it } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { connectTls } from './index.ts';
import { acceptor, device, relay, representative, socketPair, trust } from './testEndpoints.ts';

const closed = (socket: Duplex): Promise<void> =>
  new Promise((resolve) => {
    if (socket.closed) resolve();
    else socket.once('close', resolve);
  });

type Ends = { readonly client: TLSSocket; readonly server: TLSSocket };
type Layers = Ends & { readonly raw: { readonly client: Duplex; readonly server: Duplex } };

async function oneLayer(): Promise<Layers> {
  const raw = await socketPair();
  const [accepted, connected] = await Promise.all([
    acceptor(relay, { roles: ['representative'], certificate: 'optional' }).accept(raw.server),
    connectTls(raw.client, { ...trust, role: 'relay', identity: representative }),
  ]);
  return { client: connected.socket, server: accepted.socket, raw };
}
/** Inner TLS from a representative to a device, through a relay that may write into both halves. */
async function twoLayers(): Promise<Layers> {
  const half = async (identity: typeof device, role: 'device' | 'representative'): Promise<Ends> => {
    const raw = await socketPair();
    const [accepted, connected] = await Promise.all([
      acceptor(relay, { roles: [role], certificate: 'required' }).accept(raw.server),
      connectTls(raw.client, { ...trust, role: 'relay', identity }),
    ]);
    return { client: connected.socket, server: accepted.socket };
  };
  const [near, far] = await Promise.all([half(representative, 'representative'), half(device, 'device')]);
  for (const [from, to] of [
    [near.server, far.server],
    [far.server, near.server],
  ] as const) {
    from.on('data', (chunk) => to.writable && to.write(chunk));
    from.on('close', () => to.destroy());
  }
  const [accepted, connected] = await Promise.all([
    acceptor(device, { roles: ['representative'], certificate: 'required' }).accept(far.client),
    connectTls(near.client, { ...trust, role: 'device', identity: representative }),
  ]);
  return {
    client: connected.socket,
    server: accepted.socket,
    // What the relay writes to the one comes to the other end of its half.
    raw: { client: far.server, server: near.server },
  };
}

/** A record of application data (RFC 8446, section 5.1) that nobody encrypted; and what is no record at all. */
const spoilt = {
  'a record that was changed': Buffer.from([23, 3, 3, 0, 40, ...Buffer.alloc(40, 0xa5)]),
  'what is no record': Buffer.alloc(64, 0xa5),
};

describe('a connection on which somebody else writes', { timeout: 20_000 }, () => {
  for (const [layers, make] of Object.entries({ 'one layer': oneLayer, 'two layers': twoLayers })) {
    for (const [what, bytes] of Object.entries(spoilt)) {
      for (const victim of ['client', 'server'] as const) {
        it(`ends at once for both ends when ${what} comes to the ${victim} (${layers})`, async () => {
          const { client, server, raw } = await make();
          client.resume();
          server.resume();
          // Both have something on its way, as they mostly do.
          client.write(Buffer.alloc(100_000));
          server.write(Buffer.alloc(100_000));
          raw[victim === 'client' ? 'server' : 'client'].write(bytes);
          await Promise.all([closed(client), closed(server)]);
          assert.ok(client.destroyed && server.destroyed);
          raw.client.destroy();
          raw.server.destroy();
        });
      }
    }
  }
});
