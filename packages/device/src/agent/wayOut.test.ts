import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createHttp } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { parseProxy, type SiteProxy } from '@sallyport/runtime/dial';
import {
  askStatus,
  makeDevice,
  makeRelay,
  makeRepresentative,
  type TestDevice,
  type TestRelay,
} from './testing.ts';
import { proxyIn, sourceInterfaceIn } from './wayOut.ts';

const password = 'pass:w@rd';

/** A proxy that wants this name and password, and counts who it let through. */
async function openProxy() {
  const passed: string[] = [];
  const sockets = new Set<Socket>();
  const right = `Basic ${Buffer.from(`device:${password}`).toString('base64')}`;
  const server = createHttp();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
  });
  server.on('connect', (request, socket: Socket) => {
    if (request.headers['proxy-authorization'] !== right) {
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
      return;
    }
    passed.push(request.url ?? '');
    const onward = connect(Number(request.url?.split(':')[1]), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      socket.pipe(onward).pipe(socket);
    });
    onward.on('error', () => socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const proxy: SiteProxy = { kind: 'http', host: '127.0.0.1', port, name: 'device', password };
  const close = (): void => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return { proxy, passed, close };
}

describe('the way out that an administrator chose', { timeout: 60_000 }, () => {
  let relay: TestRelay;
  let device: TestDevice;
  let site: Awaited<ReturnType<typeof openProxy>>;
  before(async () => {
    relay = await makeRelay();
    device = await makeDevice(relay);
    site = await openProxy();
  });
  after(async () => {
    await device.close();
    site.close();
    await relay.close();
  });

  it('leads through a proxy at once, by the tunnel and by the dial back; a session stays as it is', async () => {
    device.enable();
    const { port = 0 } = await device.until(({ state, tunnel }) => state === 'open' && tunnel === 'up');
    const erin = await makeRepresentative(relay, 'erin@maker.example');
    const paired = await erin.pair(port, device.otp());
    const { http2, stream } = await erin.open(paired, port);
    const [before] = (await device.until(({ sessions }) => sessions.length === 1)).sessions;

    const again = device.until(({ tunnel }) => tunnel === 'dialling');
    device.agent.setWayOut({ proxy: site.proxy });
    await again;
    const now = await device.until(({ tunnel }) => tunnel === 'up');
    assert.equal(now.port, port);
    assert.deepEqual(site.passed, [`localhost:${relay.port}`], 'the tunnel');
    assert.match(await askStatus(http2), /200 OK/);
    assert.deepEqual(
      now.sessions.map(({ id, state }) => [id, state]),
      [[before?.id, 'live']],
    );

    await erin.resume(stream, paired.grant, port);
    assert.deepEqual(site.passed.length, 2, 'the dial back');
    assert.match(await askStatus(http2), /200 OK/);
    http2.destroy();
  });

  it('ends at a proxy that wants another password, and says so; without a proxy it leads on', async () => {
    device.agent.setWayOut({ proxy: { ...site.proxy, password: 'other' } });
    const { problem } = await device.until((status) => status.problem?.code === 'proxy-password');
    assert.ok(!JSON.stringify(problem).includes(password));
    device.agent.setWayOut({ proxy: null });
    await device.until(({ tunnel }) => tunnel === 'up');
  });

  it('comes from the address of one network port, or tells why it cannot', async () => {
    assert.throws(() => device.agent.setWayOut({ sourceInterface: 'nothing0' }), {
      code: 'source-interface-unusable',
    });
    assert.equal(device.agent.sourceInterface, undefined);
    device.agent.setWayOut({ sourceInterface: 'lo' });
    await device.until(({ tunnel }) => tunnel === 'dialling');
    await device.until(({ tunnel }) => tunnel === 'up');
    // It is gone, as when its cable leads nowhere.
    device.state.settings.set('source-interface', 'nothing0');
    device.agent.identityChanged();
    await device.until((status) => status.problem?.code === 'source-interface-unusable');
  });
});

describe('a choice that is stored', () => {
  const configured = { proxy: parseProxy('http://a:1'), sourceInterface: 'eth7' };
  const stored = (value: string | undefined) => ({ get: () => value });

  it('counts before what is configured, also when it is none', () => {
    assert.deepEqual(proxyIn(stored(undefined), configured), configured.proxy);
    assert.equal(proxyIn(stored('"none"'), configured), undefined);
    assert.equal(sourceInterfaceIn(stored(undefined), configured), 'eth7');
    assert.equal(sourceInterfaceIn(stored('none'), configured), undefined);
    assert.equal(sourceInterfaceIn(stored('eth0'), configured), 'eth0');
  });
  it('counts for nothing where it makes no sense', () => {
    for (const text of ['', '{', '{"kind":"http"}', '7']) {
      assert.deepEqual(proxyIn(stored(text), configured), configured.proxy);
    }
    assert.equal(sourceInterfaceIn(stored('a b/c'), configured), 'eth7');
  });
});
