import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import { fail, toWireError } from '@sallyport/protocol/errors';
import { fakeClock } from '@sallyport/protocol/testing';
import { z } from 'zod';
import { request, sessionProtocol, upgrade } from './index.ts';

const clock = fakeClock();
const ask = { clock, timeoutMs: 5_000, host: 'relay.maker.example', path: '/v1/thing' } as const;
const answer = z.object({ v: z.literal(1), name: z.string() });

const deadly: unknown[] = [];
const note = (error: unknown): void => void deadly.push(error);
before(() => void process.on('uncaughtException', note).on('unhandledRejection', note));
after(() => void process.off('uncaughtException', note).off('unhandledRejection', note));

const closers: (() => void)[] = [];
after(() => {
  for (const close of closers) close();
});

async function dial(server: {
  listen(port: number, host: string): unknown;
  address(): unknown;
  close(): void;
}): Promise<Socket> {
  server.listen(0, '127.0.0.1');
  await once(server as Server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  await once(socket, 'connect');
  server.close();
  closers.push(() => socket.destroy());
  return socket;
}

/** A connection to a web server that answers as the test says. */
const toWeb = (listener: RequestListener): Promise<Socket> => dial(createServer(listener));

/** A connection to something that says these bytes after the first it hears. */
const toBytes = (act: (socket: Socket) => void): Promise<Socket> =>
  dial(
    createTcpServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => act(socket));
    }),
  );

describe('request', { timeout: 10_000 }, () => {
  it('sends JSON, reads JSON and closes the connection', async () => {
    const heard: unknown[] = [];
    const socket = await toWeb(async (incoming, outgoing) => {
      const chunks: Buffer[] = [];
      for await (const chunk of incoming) chunks.push(chunk as Buffer);
      heard.push(incoming.method, incoming.url, incoming.headers.host, Buffer.concat(chunks).toString());
      outgoing.end(JSON.stringify({ v: 1, name: 'x', more: true }));
    });
    const got = await request(socket, { ...ask, method: 'POST', body: { v: 1 }, answer });
    assert.deepEqual(got, { v: 1, name: 'x' });
    assert.deepEqual(heard, ['POST', '/v1/thing', 'relay.maker.example', '{"v":1}']);
    assert.equal(socket.destroyed, true);
    assert.equal(clock.pending(), 0);
  });

  it('throws the error that the other side answers, by our own row', async () => {
    const error = { ...toWireError(fail('token-spent')), text: 'Something else.' };
    const socket = await toWeb((_incoming, outgoing) => {
      outgoing.writeHead(410).end(JSON.stringify({ error }));
    });
    await assert.rejects(request(socket, { ...ask, answer }), {
      code: 'token-spent',
      message: fail('token-spent').message,
    });
  });

  const malformed: [name: string, listener: RequestListener, message: RegExp][] = [
    ['an error without a body', (_in, out) => void out.writeHead(500).end(), /status 500/],
    ['an error page', (_in, out) => void out.writeHead(502).end('<html>Bad gateway</html>'), /status 502/],
    ['an error of another form', (_in, out) => void out.writeHead(429).end('{"error":"slow"}'), /status 429/],
    ['a page', (_in, out) => void out.end('<html>Welcome</html>'), /not JSON in UTF-8/],
    ['JSON of another form', (_in, out) => void out.end('{"v":2}'), /: v: /],
    ['bytes that are no UTF-8', (_in, out) => void out.end(Buffer.from([0x22, 0xff, 0x22])), /not JSON/],
  ];
  for (const [name, listener, message] of malformed) {
    it(`refuses ${name}`, async () => {
      const expected = { code: 'message-malformed', message };
      await assert.rejects(request(await toWeb(listener), { ...ask, answer }), expected);
    });
  }

  it('refuses an answer above the cap, whether its length is announced or not', async () => {
    for (const announce of [true, false]) {
      const socket = await toWeb((_incoming, outgoing) => {
        if (announce) outgoing.setHeader('content-length', 101);
        outgoing.end('x'.repeat(101));
      });
      await assert.rejects(request(socket, { ...ask, answer, capBytes: 100 }), { code: 'message-too-large' });
      assert.equal(socket.destroyed, true);
    }
  });

  it('refuses what is no HTTP, and headers without end', async () => {
    for (const text of ['SSH-2.0-OpenSSH_9.9\r\n', `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(40_000)}\r\n\r\n`]) {
      const socket = await toBytes((server) => server.end(text));
      await assert.rejects(request(socket, { ...ask, answer }), { code: 'message-malformed' });
    }
  });

  it('fails with connection-lost, and the process lives, when the connection is reset at any point', async () => {
    const full = 'HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{"v":1,"name":"abc"}';
    for (let length = 0; length < full.length; length += 1) {
      const socket = await toBytes((server) =>
        server.write(full.slice(0, length), () => server.resetAndDestroy()),
      );
      await assert.rejects(
        request(socket, { ...ask, answer }),
        { code: 'connection-lost' },
        `after ${length} bytes`,
      );
    }
    const ended = await toBytes((server) => server.end(full));
    assert.deepEqual(await request(ended, { ...ask, answer }), { v: 1, name: 'abc' });
    assert.deepEqual(deadly, []);
    assert.equal(clock.pending(), 0);
  });

  it('gives up in time, and when it is told to', async () => {
    const patient = fakeClock();
    const silent = await toWeb(() => {});
    const late = request(silent, { ...ask, clock: patient, answer });
    late.catch(() => {});
    await patient.advance(5_000);
    await assert.rejects(late, { code: 'timed-out', details: { seconds: 5 } });
    assert.equal(silent.destroyed, true);

    const controller = new AbortController();
    const other = await toWeb(() => {});
    const aborted = request(other, { ...ask, answer, signal: controller.signal });
    controller.abort(new Error('no longer wanted'));
    await assert.rejects(aborted, /no longer wanted/);
    assert.equal(other.destroyed, true);
  });

  it('fails at once on a connection that is gone already', async () => {
    const socket = await toWeb(() => {});
    socket.destroy();
    await assert.rejects(request(socket, { ...ask, answer }), { code: 'connection-lost' });
  });
});

/** A connection to a server that upgrades, and its end of the stream. */
async function toUpgrade(act: (stream: Duplex, protocol: string | undefined) => void): Promise<Socket> {
  const server = createServer();
  server.on('upgrade', (incoming, stream) => {
    stream.on('error', () => {});
    closers.push(() => stream.destroy());
    act(stream, incoming.headers.upgrade);
  });
  return dial(server);
}

const switching = (protocol: string): string =>
  `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\nsallyport-grant: abc\r\n\r\n`;

describe('upgrade', { timeout: 10_000 }, () => {
  it('gives a byte stream in which early bytes come first', async () => {
    const asked: (string | undefined)[] = [];
    const socket = await toUpgrade((stream, protocol) => {
      asked.push(protocol);
      stream.write(`${switching(sessionProtocol)}early `);
      stream.on('data', (bytes: Buffer) => stream.end(bytes));
    });
    const upgraded = await upgrade(socket, ask);
    assert.equal(upgraded.headers['sallyport-grant'], 'abc');
    // Read only later: nothing may be lost meanwhile.
    await new Promise((resolve) => setImmediate(resolve));
    upgraded.socket.write('late');
    const chunks: Buffer[] = [];
    for await (const chunk of upgraded.socket) chunks.push(chunk as Buffer);
    assert.equal(Buffer.concat(chunks).toString(), 'early late');
    assert.deepEqual(asked, [sessionProtocol]);
    assert.equal(clock.pending(), 0);
  });

  it('passes on bytes that come with the answer and an end at once', async () => {
    const socket = await toUpgrade((stream) => stream.end(`${switching(sessionProtocol)}all there is`));
    const { socket: stream } = await upgrade(socket, ask);
    await new Promise((resolve) => setImmediate(resolve));
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    assert.equal(Buffer.concat(chunks).toString(), 'all there is');
  });

  it('survives an RST straight after the answer', async () => {
    const socket = await toUpgrade((stream) => {
      stream.write(switching(sessionProtocol));
      setImmediate(() => (stream as Socket).resetAndDestroy());
    });
    const { socket: stream } = await upgrade(socket, ask);
    if (!stream.closed) await new Promise((resolve) => stream.once('close', resolve));
    assert.deepEqual(deadly, []);
  });

  it('throws the error that the other side answers instead', async () => {
    const socket = await toUpgrade((stream) => {
      const body = JSON.stringify({ error: toWireError(fail('device-away')) });
      stream.end(`HTTP/1.1 503 Service Unavailable\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    });
    await assert.rejects(upgrade(socket, ask), { code: 'device-away' });
    assert.equal(socket.destroyed, true);
  });

  it('refuses an answer that upgrades to something else, or to nothing', async () => {
    for (const text of [switching('websocket'), 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n']) {
      const socket = await toUpgrade((stream) => stream.end(text));
      await assert.rejects(upgrade(socket, ask), { code: 'message-malformed' });
      assert.equal(socket.destroyed, true);
    }
  });

  it('fails with connection-lost when the connection ends before the answer', async () => {
    const socket = await toUpgrade((stream) => (stream as Socket).resetAndDestroy());
    await assert.rejects(upgrade(socket, ask), { code: 'connection-lost' });
    assert.deepEqual(deadly, []);
  });
});
