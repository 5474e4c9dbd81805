import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { connectTls } from '@sallyport/protocol/tls';
import { tunnelMessageCap } from '@sallyport/protocol/tunnel';
import { z } from 'zod';
import { readAuthority } from '../authority/index.ts';
import { closed } from '../testing/closed.ts';
import { grantTerms, openGrantOn, openTunnel } from '../testing/device.ts';
import { enrolDevice, type Person } from '../testing/people.ts';
import {
  ask,
  clock,
  dial,
  makeFolder,
  startNode,
  type TestFolder,
  type TestRelay,
} from '../testing/relay.ts';

const health = z.object({ ok: z.boolean() });

/** Clients that misbehave. After each, the relay has to be there for others. */
describe('a relay that is treated badly', () => {
  let folder: TestFolder;
  let relay: TestRelay;
  let device: Person;

  before(async () => {
    folder = await makeFolder();
    relay = await startNode(folder, { headersMs: 500 });
    device = await enrolDevice(relay);
  });
  after(async () => {
    await relay.stop();
    folder.remove();
  });
  const isThere = async (): Promise<void> => {
    assert.equal((await ask(relay, { path: '/v1/health', answer: health })).ok, true);
  };

  it('closes on somebody who does not speak TLS', async () => {
    const stranger = connect(relay.port, '127.0.0.1');
    stranger.write('GET /v1/health HTTP/1.1\r\n\r\n');
    await closed(stranger);
    await isThere();
  });

  it('closes on somebody who begins a request and does not go on', async () => {
    const slow = await dial(relay);
    slow.write('GET /v1/health HTTP/1.1\r\nX: ');
    await closed(slow);
    await isThere();
  });

  it('closes on somebody who does not begin a request at all', async () => {
    const silent = await dial(relay);
    await closed(silent);
    await isThere();
  });

  it('closes on somebody whose upgrade was refused and who does not close', async () => {
    const { socket: secure } = await connectTls(
      connect({ port: relay.port, host: '127.0.0.1', allowHalfOpen: true }),
      { authority: readAuthority(folder.path).parsed, role: 'relay', now: () => clock.wallMs(), clock },
    );
    secure.write(
      'GET /v1/grants/40000/session HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: sallyport-session\r\n\r\n',
    );
    const [answer] = (await once(secure, 'data')) as [Buffer];
    assert.match(String(answer), /^HTTP\/1\.1 401 /);
    // Its own half stays open: it learns that the relay has closed by what it goes on to say.
    const goesOn = setInterval(() => secure.write('more'), 20);
    await closed(secure);
    clearInterval(goesOn);
    await isThere();
  });

  it('survives a reset in the middle of each kind of upgrade', async () => {
    for (const [path, protocol] of [
      ['/v1/tunnel', 'websocket'],
      ['/v1/grants/40000/session', 'sallyport-session'],
      [`/v1/sessions/${'0'.repeat(32)}`, 'sallyport-session'],
    ]) {
      const socket = connect(relay.port, '127.0.0.1');
      const secure = await connectTls(socket, {
        authority: readAuthority(folder.path).parsed,
        role: 'relay',
        identity: device.identity,
        now: () => clock.wallMs(),
        clock,
      });
      secure.socket.write(
        `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n\r\n`,
      );
      await new Promise(setImmediate);
      socket.resetAndDestroy();
      await isThere();
    }
  });

  it('refuses headers above its cap', async () => {
    const socket = await dial(relay);
    socket.write(`GET /v1/health HTTP/1.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    assert.match(String(answer), /^HTTP\/1\.1 431 /);
    socket.destroy();
    await isThere();
  });

  it('ends a tunnel whose message is one byte above the cap, and takes one of the cap', async () => {
    const { tunnel, terms } = await openGrantOn(relay, device);
    const text = JSON.stringify({ v: 1, ...terms, type: 'change', pad: '' });
    const padded = (size: number): string =>
      text.replace('"pad":""', `"pad":"${'x'.repeat(size - text.length)}"`);
    assert.equal(padded(tunnelMessageCap).length, tunnelMessageCap);
    tunnel.socket.send(padded(tunnelMessageCap));
    tunnel.send(terms);
    await tunnel.next('opened');
    tunnel.socket.send(padded(tunnelMessageCap + 1));
    assert.equal(await tunnel.closed(), 1009);
  });

  for (const [what, message, code] of [
    ['is no JSON', '{', 'message-malformed'],
    ['has no type', '{"v":1}', 'message-malformed'],
    ['has an unknown type', '{"v":1,"type":"sing"}', 'message-unknown'],
    ['is of another version', '{"v":2,"type":"open"}', 'version-unsupported'],
    [
      'is not the first one there is',
      JSON.stringify({ ...grantTerms(), v: 1, type: 'change' }),
      'message-malformed',
    ],
    [
      'has more scopes than allowed',
      JSON.stringify({ v: 1, ...grantTerms(), scopes: Array(65).fill('web') }),
      'message-malformed',
    ],
  ] as const) {
    it(`refuses a first message that ${what}`, async () => {
      const tunnel = await openTunnel(relay, device);
      tunnel.socket.send(message);
      assert.equal((await tunnel.next('refused')).error.code, code);
      await tunnel.closed();
    });
  }

  it('takes a farewell for the own grant of a device before any open, and for no other one', async () => {
    const { tunnel, terms } = await openGrantOn(relay, device);
    tunnel.socket.terminate();
    const other = await enrolDevice(relay);
    for (const [who, open] of [
      [other, true],
      [device, false],
    ] as const) {
      const farewell = await openTunnel(relay, who);
      farewell.send({ type: 'close', grant: terms.grant, reason: 'disabled' });
      farewell.socket.close();
      await farewell.closed();
      const again = await openTunnel(relay, device);
      again.send(terms);
      if (open) await again.next('opened');
      else assert.equal((await again.next('refused')).error.code, 'grant-ended');
      again.socket.terminate();
    }
  });

  it('refuses a binary message, and a flood', async () => {
    const binary = await openTunnel(relay, device);
    binary.socket.send(Buffer.from('{}'), { binary: true });
    assert.equal((await binary.next('refused')).error.code, 'message-malformed');
    const flood = await openTunnel(relay, device);
    for (let i = 0; i < 200; i++) flood.send(grantTerms());
    assert.equal((await flood.next('refused')).error.code, 'rate-limited');
    await flood.closed();
    await isThere();
  });

  it('refuses a tunnel that does not offer the protocol of tunnels', async () => {
    const socket = await dial(relay, device.identity);
    const key = Buffer.alloc(16).toString('base64');
    socket.write(
      'GET /v1/tunnel HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
    );
    const [answer] = (await once(socket, 'data')) as [Buffer];
    assert.match(String(answer), /^HTTP\/1\.1 426 [\s\S]*version-unsupported/);
    socket.destroy();
  });
});
