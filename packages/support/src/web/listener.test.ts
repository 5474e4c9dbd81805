import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { fail } from '@sallyport/protocol/errors';
import { openWebListener, type WebListener } from './index.ts';

/** A device's web interface, reached as a `web` channel would. */
let device: Server;
let listener: WebListener;
let cookie = '';
const seen: IncomingMessage[] = [];
const channel = async (): Promise<Socket> => connect((device.address() as AddressInfo).port, '127.0.0.1');
/** How the listener's channels come about, unless a test says otherwise as above. */
let onChannel = channel;

before(async () => {
  device = createServer((asked, response) => {
    seen.push(asked);
    if (asked.url === '/upload') {
      const hash = createHash('sha256');
      asked.on('data', (chunk) => hash.update(chunk)).on('end', () => response.end(hash.digest('hex')));
    } else if (asked.url === '/redirect') {
      response
        .writeHead(302, { location: 'http://192.168.1.9/home', 'set-cookie': 'sid=1; Domain=localhost' })
        .end();
    } else if (asked.url === '/broken') {
      response.writeHead(200, { 'content-length': '100' });
      response.write('part');
      setImmediate(() => asked.socket.destroy());
    } else response.end(`page ${asked.url}`);
  });
  device.on('upgrade', (asked, socket, head) => {
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${asked.headers.upgrade}\r\n\r\nearly `,
    );
    socket.write(head);
    socket.pipe(socket);
  });
  await once(device.listen(0, '127.0.0.1'), 'listening');
  listener = await openWebListener({ device: 'd1', openChannel: () => onChannel(), random: randomBytes });
  const first = await ask(listener.firstAddress);
  cookie = first.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
  assert.equal(first.statusCode, 303);
});
after(() => {
  listener.close();
  device.close();
  device.closeAllConnections();
});

type Asked = IncomingMessage & { text: string };
async function ask(
  address: string,
  options: { method?: string; headers?: { [name: string]: string }; body?: Buffer; host?: string } = {},
): Promise<Asked> {
  const url = new URL(address, listener.origin);
  const sent = request({
    host: options.host ?? '127.0.0.1',
    port: url.port,
    path: url.pathname + url.search,
    method: options.method ?? 'GET',
    headers: { host: url.host, ...(cookie ? { cookie } : {}), ...options.headers },
    agent: false,
  });
  sent.end(options.body);
  const [answer] = (await once(sent, 'response')) as [Asked];
  answer.text = '';
  for await (const chunk of answer.setEncoding('utf8')) answer.text += chunk;
  return answer;
}

describe('the web listener', () => {
  it('shows the page of the device, and keeps its own cookie to itself', async () => {
    const answer = await ask('/a?b=c', { headers: { cookie: `${cookie}; sid=7` } });
    assert.equal(answer.text, 'page /a?b=c');
    assert.equal(seen.at(-1)?.headers.cookie, 'sid=7');
    assert.equal(seen.at(-1)?.headers.host, new URL(listener.origin).host);
  });
  it('answers on ::1 as well, where a browser may look for a name ending in .localhost', async () => {
    assert.equal((await ask('/six', { host: '::1' })).text, 'page /six');
  });
  it('passes nothing on without the cookie', async () => {
    const count = seen.length;
    assert.equal((await ask('/a', { headers: { cookie: '' } })).statusCode, 401);
    assert.equal(seen.length, count);
  });
  it('passes a body on whole', async () => {
    const body = randomBytes(3_000_000);
    const answer = await ask('/upload', { method: 'POST', body, headers: { origin: listener.origin } });
    assert.equal(answer.text, createHash('sha256').update(body).digest('hex'));
  });
  it('keeps redirects and cookies on its origin', async () => {
    const answer = await ask('/redirect');
    assert.equal(answer.headers.location, '/home');
    assert.deepEqual(answer.headers['set-cookie'], ['sid=1']);
  });
  it('breaks off where the device breaks off', async () => {
    await assert.rejects(ask('/broken'), { code: 'ECONNRESET' });
    assert.equal((await ask('/after')).text, 'page /after');
  });
  it('passes a WebSocket on, early bytes included', async () => {
    const socket = connect(Number(new URL(listener.origin).port), '127.0.0.1');
    const { host } = new URL(listener.origin);
    socket.write(
      `GET /ws HTTP/1.1\r\nHost: ${host}\r\nOrigin: ${listener.origin}\r\nCookie: ${cookie}\r\n` +
        'Connection: Upgrade\r\nUpgrade: websocket\r\n\r\nhello ',
    );
    let heard = '';
    socket.setEncoding('latin1').on('data', (text) => {
      heard += text;
      if (heard.includes('hello ') && !heard.includes('again')) socket.write('again');
      if (heard.includes('again')) socket.end();
    });
    await once(socket, 'close');
    assert.match(heard, /^HTTP\/1\.1 101 /);
    assert.match(heard, /\r\n\r\nearly hello again$/);
  });
  it('refuses a WebSocket of another page', async () => {
    const socket = connect(Number(new URL(listener.origin).port), '127.0.0.1');
    const { host } = new URL(listener.origin);
    socket.write(
      `GET /ws HTTP/1.1\r\nHost: ${host}\r\nOrigin: http://evil\r\nCookie: ${cookie}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
    );
    const [chunk] = await once(socket, 'data');
    assert.match(String(chunk), /^HTTP\/1\.1 403 /);
    socket.destroy();
  });
  it('closes on somebody who begins a request and does not go on', async () => {
    const impatient = await openWebListener({
      device: 'd3',
      openChannel: channel,
      random: randomBytes,
      headersMs: 300,
    });
    const slow = connect(Number(new URL(impatient.origin).port), '127.0.0.1');
    slow.write('GET / HTTP/1.1\r\nX: ');
    slow.resume();
    await once(slow, 'close');
    impatient.close();
  });
  for (const [what, more] of [
    ['a page', ''],
    ['a WebSocket', 'Connection: Upgrade\r\nUpgrade: websocket\r\n'],
  ]) {
    it(`leaves no channel open for ${what} whose browser has gone meanwhile`, async () => {
      const socket = connect(Number(new URL(listener.origin).port), '127.0.0.1');
      const { host } = new URL(listener.origin);
      const opened = new Promise<Socket>((resolve) => {
        onChannel = async () => {
          socket.resetAndDestroy();
          // Another request went there and back: by then the reset was noticed.
          assert.equal((await ask('/x', { headers: { cookie: '' } })).statusCode, 401);
          const late = await channel();
          resolve(late);
          return late;
        };
      });
      socket.on('error', () => {});
      socket.write(
        `GET /ws HTTP/1.1\r\nHost: ${host}\r\nOrigin: ${listener.origin}\r\nCookie: ${cookie}\r\n${more}\r\n`,
      );
      const late = await opened;
      onChannel = channel;
      late.resume();
      if (!late.closed) await once(late, 'close');
    });
  }
  it('says why when the channel is refused', async () => {
    const refused = await openWebListener({
      device: 'd2',
      openChannel: () => Promise.reject(fail('scope-refused', { details: { scope: 'web' } })),
      random: randomBytes,
    });
    const entered = await ask(refused.firstAddress);
    const own = entered.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
    const answer = await ask(`${refused.origin}/`, { headers: { cookie: own } });
    assert.equal(answer.statusCode, 403);
    assert.match(answer.text, /needs the scope web/);
    refused.close();
  });
});
