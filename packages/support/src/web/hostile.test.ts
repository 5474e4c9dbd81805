/** A hostile device behind the web listener: whatever it answers, the browser gets an answer or a closed connection, and the program lives. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { openWebListener, type WebListener } from './index.ts';

let device: Server;
let listener: WebListener;
let cookie = '';
/** What the device says on the next channel, before it hangs up. */
let says: string | Buffer = '';
const channel = async (): Promise<Socket> =>
  connect((device.address() as AddressInfo).port, '127.0.0.1').on('error', () => {});

/** What the process would have died of. */
const deadly: unknown[] = [];
const note = (error: unknown): void => void deadly.push(error);

before(async () => {
  process.on('uncaughtException', note).on('unhandledRejection', note);
  device = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => {
      socket.end(says);
    });
  }).listen(0, '127.0.0.1');
  await once(device, 'listening');
  listener = await openWebListener({ device: 'd1', openChannel: channel, random: randomBytes });
  const answer = await browse(
    new URL(listener.firstAddress).pathname + new URL(listener.firstAddress).search,
  );
  cookie = /^set-cookie: ([^;]+)/im.exec(answer)?.[1] ?? '';
  assert.notEqual(cookie, '');
});
after(() => {
  listener.close();
  device.close();
  process.off('uncaughtException', note).off('unhandledRejection', note);
});

/** One request of the browser's on a connection of its own. @returns all that came until it was closed */
async function browse(path: string, more = 'Connection: close\r\n'): Promise<string> {
  const { port, host } = new URL(listener.origin);
  const socket = connect(Number(port), '127.0.0.1').on('error', () => {});
  socket.write(
    `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nOrigin: ${listener.origin}\r\nCookie: ${cookie}\r\n${more}\r\n`,
  );
  let all = '';
  socket.on('data', (chunk: Buffer) => {
    all += chunk.toString('latin1');
  });
  await once(socket, 'close');
  return all;
}

const webSocket =
  'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n';
const answers: { readonly [what: string]: string | Buffer } = {
  'nothing, and hangs up': '',
  'what is no HTTP': 'SSH-2.0-hostile\r\n',
  'random bytes': randomBytes(20_000),
  'a status below 100': 'HTTP/1.1 007 Bond\r\nContent-Length: 0\r\n\r\n',
  'a status of 999': 'HTTP/1.1 999 Many\r\nContent-Length: 0\r\n\r\n',
  'a reason with control characters': 'HTTP/1.1 200 \x01\x1b[H\x7f\r\nContent-Length: 0\r\n\r\n',
  'a reason in Latin-1': 'HTTP/1.1 200 \xe9\xff\r\nContent-Length: 0\r\n\r\n',
  'a header with control characters': 'HTTP/1.1 200 OK\r\nX: a\x01b\x1b[H\r\nContent-Length: 0\r\n\r\n',
  'a header with line breaks of its own': 'HTTP/1.1 200 OK\r\nX: a\n Y: b\r\nContent-Length: 0\r\n\r\n',
  'a header without a name': 'HTTP/1.1 200 OK\r\n: x\r\nContent-Length: 0\r\n\r\n',
  'the name of a prototype': 'HTTP/1.1 200 OK\r\n__proto__: x\r\nconstructor: y\r\nContent-Length: 0\r\n\r\n',
  'headers without end': `HTTP/1.1 200 OK\r\n${'X: y\r\n'.repeat(20_000)}\r\n`,
  'a header without end': `HTTP/1.1 200 OK\r\nX: ${'y'.repeat(100_000)}`,
  'two lengths': 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab',
  'a length and chunks':
    'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  'a chunk of a length that is none': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nab',
  'a chunk without end': `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${'f'.repeat(15)}\r\nab`,
  'a body after a status that has none': 'HTTP/1.1 204 No\r\nContent-Length: 2\r\n\r\nab',
  'less than it announced': 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nab',
  'interim answers without end': 'HTTP/1.1 103 Early\r\nLink: <x>\r\n\r\n'.repeat(5_000),
  'another protocol, which nobody asked for':
    'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\nhello',
  trailers:
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: Set-Cookie\r\n\r\n2\r\nab\r\n0\r\nSet-Cookie: a=b\r\n\r\n',
  'a second answer':
    'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\ncd',
};

describe('a hostile device behind the web listener', { timeout: 60_000 }, () => {
  for (const [what, bytes] of Object.entries(answers)) {
    it(`answers ${what}, and the browser is answered or hung up on`, async () => {
      says = bytes;
      for (const answer of [await browse('/page'), await browse('/socket', webSocket)]) {
        const [head = ''] = answer.split('\r\n\r\n', 1);
        assert.match(head, /^(HTTP\/1\.1 [1-5]\d\d |$)/);
        assert.doesNotMatch(head.replaceAll('\r\n', ''), /[\x00-\x08\x0a-\x1f\x7f]/);
      }
      assert.deepEqual(deadly, []);
      says = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
      assert.match(await browse('/next'), /^HTTP\/1\.1 200 OK\r\n.*\r\n\r\nok$/s);
    });
  }
});
