import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createHttp } from 'node:http';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { after, describe, it } from 'node:test';
import { systemClock } from '../clock/index.ts';
import { dialRelay, parseProxy, proxyName, type SiteProxy } from './index.ts';

const clock = systemClock();
const open = new Set<Socket>();
const servers: { close(): unknown }[] = [];
after(() => {
  for (const socket of open) socket.destroy();
  for (const server of servers) server.close();
});
async function listen(server: Server): Promise<number> {
  servers.push(server);
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.on('error', () => {});
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}
const secret = { name: 'device', password: 'p:@ss' };

/** An HTTP proxy that takes every name for this machine. */
async function httpProxy(wants?: typeof secret, status = 200): Promise<SiteProxy> {
  const right = wants && `Basic ${Buffer.from(`${wants.name}:${wants.password}`).toString('base64')}`;
  const server = createHttp();
  server.on('connect', (request, socket: Socket) => {
    socket.on('error', () => {});
    if (right && request.headers['proxy-authorization'] !== right) {
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
      return;
    }
    if (status !== 200) {
      socket.end(`HTTP/1.1 ${status} Forbidden\r\n\r\n`);
      return;
    }
    const onward = connect(Number(request.url?.split(':')[1]), '127.0.0.1');
    onward.on('error', () => socket.destroy());
    // What the relay says may come in one piece with the answer of the proxy.
    onward.once('data', (first) => {
      socket.write(Buffer.concat([Buffer.from('HTTP/1.1 200 OK\r\n\r\n'), first]));
      socket.pipe(onward).pipe(socket);
    });
  });
  return { kind: 'http', host: '127.0.0.1', port: await listen(server) };
}

/** A SOCKS 5 proxy, all its answers a byte at a time. */
async function socksProxy(wants?: typeof secret, outcome = 0): Promise<SiteProxy> {
  const server = createServer(async (socket) => {
    const chunks = socket[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    let bytes = Buffer.alloc(0);
    const take = async (count: number): Promise<Buffer> => {
      while (bytes.length < count) bytes = Buffer.concat([bytes, (await chunks.next()).value]);
      const taken = bytes.subarray(0, count);
      bytes = bytes.subarray(count);
      return taken;
    };
    const say = (...answer: number[]): void => {
      for (const byte of answer) socket.write(Buffer.from([byte]));
    };
    const [, methods = 0] = await take(2);
    const offered = await take(methods);
    if (wants) {
      if (!offered.includes(2)) return say(5, 255);
      say(5, 2);
      const text = async (): Promise<string> => String(await take((await take(1))[0] ?? 0));
      await take(1);
      const good = (await text()) === wants.name && (await text()) === wants.password;
      say(1, good ? 0 : 1);
      if (!good) return;
    } else say(5, 0);
    const [, , , , length = 0] = await take(5);
    const target = await take(length + 2);
    say(5, outcome, 0, 1, 127, 0, 0, 1, 0, 0);
    if (outcome !== 0) return;
    const onward = connect(target.readUInt16BE(length), '127.0.0.1');
    onward.on('error', () => socket.destroy());
    onward.pipe(socket);
    for (;;) {
      const { value } = await chunks.next();
      if (!value) return;
      onward.write(value);
    }
  });
  return { kind: 'socks5', host: '127.0.0.1', port: await listen(server) };
}

describe('the way to the relay through a proxy', { timeout: 30_000 }, async () => {
  const relay = await listen(createServer((socket) => socket.write('relay')));
  const dial = (proxy: SiteProxy): Promise<string> =>
    dialRelay({
      // A name that only the proxy knows.
      host: 'relay.invalid',
      ports: [relay],
      timeoutMs: 10_000,
      clock,
      proxy,
      through: async (socket) => {
        const [said] = await once(socket, 'data');
        socket.destroy();
        return String(said);
      },
    }).then(({ value }) => value);

  for (const [kind, make] of [
    ['HTTP', httpProxy],
    ['SOCKS 5', socksProxy],
  ] as const) {
    it(`leads there by ${kind}, and the proxy looks the name up`, async () => {
      assert.equal(await dial(await make()), 'relay');
    });
    it(`leads there by ${kind} with a name and password`, async () => {
      assert.equal(await dial({ ...(await make(secret)), ...secret }), 'relay');
    });
    it(`ends at a ${kind} proxy that wants a name and password, or others`, async () => {
      const proxy = await make(secret);
      await assert.rejects(dial(proxy), { code: 'proxy-password' });
      await assert.rejects(dial({ ...proxy, ...secret, password: 'other' }), { code: 'proxy-password' });
    });
    it(`ends at a ${kind} proxy that refuses the relay, with its reason`, async () => {
      const proxy = kind === 'HTTP' ? await httpProxy(undefined, 403) : await socksProxy(undefined, 2);
      await assert.rejects(dial(proxy), { code: 'proxy-refused', message: /403|rules/ });
    });
    it(`says that what is no ${kind} proxy is none`, async () => {
      const port = await listen(createServer((socket) => socket.end('SSH-2.0-OpenSSH_10.0\r\n')));
      const kindOf = kind === 'HTTP' ? 'http' : 'socks5';
      await assert.rejects(dial({ kind: kindOf, host: '127.0.0.1', port }), { code: 'proxy-failed' });
    });
  }
  it('ends at a proxy that is not there, or whose name nobody knows', async () => {
    const server = createServer();
    const port = await listen(server);
    server.close();
    await assert.rejects(dial({ kind: 'http', host: '127.0.0.1', port }), { code: 'proxy-unreachable' });
    await assert.rejects(dial({ kind: 'http', host: 'proxy.invalid', port }), { code: 'proxy-unreachable' });
  });
});

describe('the address of a proxy', () => {
  it('is read with its kind, host, port, name and password', () => {
    assert.deepEqual(parseProxy('http://proxy.example:80'), {
      kind: 'http',
      host: 'proxy.example',
      port: 80,
    });
    assert.deepEqual(parseProxy('socks5://de%40x:p%3a@[::1]/'), {
      kind: 'socks5',
      host: '::1',
      port: 1080,
      name: 'de@x',
      password: 'p:',
    });
  });
  it('is refused where it is none', () => {
    for (const wrong of [
      'proxy:3128',
      'https://proxy',
      'http://',
      'http://a:0',
      'http://a:99999',
      'http://%zz:x@a',
      'http://a/b',
    ]) {
      assert.equal(parseProxy(wrong), undefined, wrong);
    }
  });
  it('is told without its password', () => {
    const proxy = { kind: 'http', host: '::1', port: 3128, ...secret } as const;
    assert.equal(proxyName(proxy), '[::1]:3128');
  });
});
