import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { createTlsAcceptor } from '@sallyport/protocol/tls';
import { testAuthority } from '@sallyport/protocol/zoo';
import { systemClock } from '@sallyport/runtime/clock';
import { reachRelay } from './reach.ts';

const made = Date.UTC(2027, 0, 1);
const yearMs = 365 * 24 * 3_600_000;
const clock = systemClock();
const home = await testAuthority(made);
const relay = await home.issue('relay', 'localhost');
const device = await home.issue('device', 'd123456789');
let server: Server;

before(async () => {
  const acceptor = createTlsAcceptor({
    identity: () => relay,
    authority: home.authority,
    roles: ['device'],
    certificate: 'required',
    now: () => made,
    clock,
  });
  server = createServer((socket) => {
    acceptor.accept(socket).catch(() => {});
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
});
after(() => server.close());

async function reach(now: number | null, atLeast: number): Promise<string> {
  const { port } = server.address() as AddressInfo;
  const route = { host: 'localhost', ports: [port], identity: device, authority: home.authority };
  const options = { lastPort: undefined, timeoutMs: 5_000, clock, signal: new AbortController().signal };
  try {
    const { socket } = await reachRelay(route, { ...options, now: () => now, atLeast });
    socket.destroy();
    return 'reached';
  } catch (error) {
    return String((error as { code?: string }).code);
  }
}

describe('the dates of the certificate that a relay shows', () => {
  it('count by the time that is given', async () => {
    assert.equal(await reach(made, 0), 'reached');
    assert.equal(await reach(made + 2 * yearMs, 0), 'relay-not-ours');
  });
  it('may be left out, but not for one that had run out when the device last knew the time', async () => {
    assert.equal(await reach(null, made), 'reached');
    assert.equal(await reach(null, made + 2 * yearMs), 'relay-not-ours');
  });
});
