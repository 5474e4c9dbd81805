import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { constants } from 'node:http2';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { Duplex, PassThrough } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { after, describe, it } from 'node:test';
import { fail } from '@sallyport/protocol/errors';
import type { Scope } from '@sallyport/protocol/grant';
import { streamPair } from '@sallyport/protocol/testing';
import { until } from '../processes/testing.ts';
import { memoryRecorder } from '../recordings/testing.ts';
import { closed, endTestSessions, refusalIn, testSession } from './testing.ts';

const servers: Server[] = [];
after(async () => {
  await endTestSessions();
  for (const server of servers) server.close();
});

async function listen(
  serve: (socket: Socket) => void,
): Promise<{ target: string; scope: Scope; port: number }> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {});
    serve(socket);
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { target: `127.0.0.1:${port}`, scope: `tcp:127.0.0.1:${port}`, port };
}

const echo = (socket: Socket): void => void socket.pipe(socket);

describe('a TCP channel', () => {
  it('passes bytes and half-close both ways, and is recorded with what passed', async () => {
    const { target, scope } = await listen(async (socket) => {
      const asked = await text(socket);
      socket.end(`you said ${asked}`);
    });
    const session = testSession([scope]);
    const channel = await session.connect(target);
    channel.end('hello');
    assert.equal(await text(channel), 'you said hello');
    await session.end();
    assert.deepEqual(session.told, [
      ['opened', 1, 'tcp', target],
      ['closed', 1, { bytesIn: 5, bytesOut: 14 }],
    ]);
  });

  it('loses nothing of 16 MiB each way at once', async () => {
    const { target, scope } = await listen(echo);
    const session = testSession([scope]);
    const channel = await session.connect(target);
    const bytes = Buffer.alloc(16 * 1024 * 1024, 'sallyport ');
    channel.end(bytes);
    const hash = (data: Buffer): string => createHash('sha256').update(data).digest('hex');
    assert.equal(hash(await buffer(channel)), hash(bytes));
    await session.end();
  });

  it('holds back a sender whose target does not read', async () => {
    const silent = await listen((socket) => socket.pause());
    const { target, scope } = await listen(echo);
    const session = testSession([silent.scope, scope]);
    const held = await session.connect(silent.target);
    const channel = await session.connect(target);
    held.write(Buffer.alloc(64 * 1024 * 1024));
    // Both send at once: when this one has been there and back, the other had its turn as often.
    channel.end(Buffer.alloc(24 * 1024 * 1024));
    assert.equal((await buffer(channel)).length, 24 * 1024 * 1024);
    const taken = session.served.channels()[0]?.bytesIn ?? 0;
    assert.ok(taken < 16 * 1024 * 1024, `${taken} bytes were taken`);
    await session.end();
  });

  it('is cut when its target resets', async () => {
    const { target, scope } = await listen((socket) => socket.once('data', () => socket.resetAndDestroy()));
    const session = testSession([scope]);
    const channel = await session.connect(target);
    channel.write('x');
    await closed(channel);
    assert.equal(channel.rstCode, constants.NGHTTP2_CONNECT_ERROR, 'and not like an orderly end');
    assert.deepEqual(session.served.channels(), []);
    await session.end();
  });

  it('leaves its target when the representative resets it', async () => {
    const left = Promise.withResolvers<void>();
    const { target, scope } = await listen((socket) => {
      const feed = setInterval(() => socket.write('more'), 1); // It has no end of its own.
      socket.resume();
      socket.once('close', () => {
        clearInterval(feed);
        left.resolve();
      });
    });
    const session = testSession([scope]);
    (await session.connect(target)).close(constants.NGHTTP2_CANCEL);
    await left.promise;
    assert.deepEqual(session.served.channels(), []);
    await session.end();
  });

  it('needs its own scope, and the refusal is recorded', async () => {
    const { target } = await listen(echo);
    const session = testSession(['terminal', 'web', 'tcp:127.0.0.1:9']);
    const { status, stream } = await session.ask(target);
    assert.equal(status, 403);
    const refusal = await refusalIn(stream);
    assert.equal(refusal.code, 'scope-refused');
    assert.deepEqual(refusal.details, { scope: `tcp:${target}` });
    assert.deepEqual(session.told, [['refused', `tcp:${target}`, target]]);
    await session.end();
  });

  it('is matched as normalised text: another spelling is the same target, another name is not', async () => {
    const { port } = await listen(echo);
    const session = testSession([`tcp:localhost:${port}`]);
    (await session.connect(`LOCALHOST.:${port}`)).destroy();
    await assert.rejects(session.connect(`127.0.0.1:${port}`), { status: 403 });
    await session.end();
  });

  it('is refused when the scope goes while it connects', async () => {
    const { target, scope } = await listen(echo);
    let asked = 0;
    const session = testSession([scope], {}, () => {
      asked += 1;
      return asked <= 3; // When it is asked for, before and after the name is resolved; not after it is connected.
    });
    await assert.rejects(session.connect(target), { status: 403 });
    assert.equal(asked, 4);
    assert.deepEqual(session.served.channels(), []);
    await session.end();
  });

  it('says why it cannot connect', async () => {
    const { port } = await listen(echo);
    const server = servers.pop();
    server?.close();
    if (server) await once(server, 'close');
    const session = testSession([`tcp:127.0.0.1:${port}`, 'tcp:nowhere.invalid:80']);
    const refused = await session.ask(`127.0.0.1:${port}`);
    assert.equal(refused.status, 502);
    const { code, details } = await refusalIn(refused.stream);
    assert.deepEqual(
      { code, details },
      {
        code: 'channel-unreachable',
        details: { target: `127.0.0.1:${port}`, reason: 'connection refused' },
      },
    );
    const unknown = await refusalIn((await session.ask('nowhere.invalid:80')).stream);
    assert.equal(unknown.details['reason'], 'the name could not be resolved');
    await session.end();
  });

  for (const host of [
    '127.0.0.1',
    'localhost',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '0.0.0.0',
    '127.1',
    '2130706433',
  ]) {
    it(`never leads to the agent itself, by ${host}`, async () => {
      const { port } = await listen(echo);
      const session = testSession([], { ownListeners: () => [{ address: '127.0.0.1', port }] }, () => true);
      const { status, stream } = await session.ask(`${host}:${port}`);
      assert.equal(status, 403);
      assert.equal((await refusalIn(stream)).code, 'target-refused');
      await session.end();
    });
  }
});

describe('a web channel', () => {
  it('leads to the server inside the agent, with the session as its mark', async () => {
    const marks: string[] = [];
    const session = testSession(['web'], {
      web: {
        connect(mark) {
          marks.push(mark.representative);
          return Duplex.from({
            readable: (async function* () {
              yield Buffer.from('inside');
            })(),
            writable: async (source: AsyncIterable<unknown>) => {
              for await (const _ of source);
            },
          });
        },
      },
    });
    const channel = await session.connect('web');
    channel.end();
    assert.equal(await text(channel), 'inside');
    assert.deepEqual(marks, ['erin@maker.example']);
    await session.end();
  });

  it('leads to the configured address, but not if that is the agent itself', async () => {
    const { port } = await listen(echo);
    const web = { connect: () => ({ host: '127.0.0.1', port }) };
    const session = testSession(['web'], { web });
    const channel = await session.connect('web');
    channel.end('x');
    assert.equal(await text(channel), 'x');
    await session.end();
    const own = testSession(['web'], { web, ownListeners: () => [{ address: '0.0.0.0', port }] });
    await assert.rejects(own.connect('web'), { status: 403 });
    await own.end();
  });

  it('is opened again when there is room on a disk that was full, and says why while there is none', async () => {
    const recorder = memoryRecorder();
    const { begin } = recorder;
    const web = { connect: () => new PassThrough() };
    const session = testSession(['web'], { web, recorder });
    const first = await session.connect('web');
    const full = { leg: 'device', details: { reason: 'the disk is full' } } as const;
    const [recording] = recorder.all.values();
    recording?.break(fail('recording-broken', full));
    await closed(first);
    assert.deepEqual(recording?.ended, { why: 'disk' });
    recorder.begin = () => Promise.reject(fail('recording-impossible', full));
    await assert.rejects(session.connect('web'), ({ wire }) => {
      assert.deepEqual([wire.code, wire.details], ['recording-impossible', full.details]);
      return true;
    });
    recorder.begin = begin;
    const again = await session.connect('web');
    const names = [...recorder.all.keys()];
    assert.equal(new Set(names).size, 2);
    assert.ok(!again.closed);
    await session.end();
  });
  it('needs its scope', async () => {
    const session = testSession(['terminal']);
    await assert.rejects(session.connect('web'), { status: 403 });
    await session.end();
  });
});

describe('a session', () => {
  it('has no channel of another name, and no method but CONNECT', async () => {
    const session = testSession(['terminal', 'web']);
    for (const name of ['telnet', 'ssh:', '127.0.0.1:0', '127.0.0.1:99999', ':1']) {
      const { status, stream } = await session.ask(name);
      assert.deepEqual([status, (await refusalIn(stream)).code], [404, 'channel-unknown'], name);
    }
    assert.equal((await session.ask('web', 'GET')).status, 404);
    await session.end();
  });

  it('has 256 channels at most, and says so', async () => {
    const { target, scope } = await listen((socket) => socket.pause());
    const session = testSession([scope]);
    const channels = await Promise.all(Array.from({ length: 255 }, () => session.connect(target)));
    assert.equal(session.served.channels().length, 255);
    await session.connect('ssh');
    const { status, stream } = await session.ask(target);
    assert.deepEqual([status, (await refusalIn(stream)).code], [429, 'channels-used-up']);
    channels[0]?.destroy();
    await until(() => session.served.channels().length === 254, 'one is closed');
    await session.connect(target);
    await session.end();
    assert.deepEqual(session.served.channels(), []);
  });

  it('ends its channels, their targets and itself, and opens no other', async () => {
    const gone = Promise.withResolvers<void>();
    const { target, scope } = await listen((socket) => {
      socket.resume();
      socket.once('close', () => gone.resolve());
    });
    const session = testSession([scope]);
    const channel = await session.connect(target);
    await session.served.close(fail('cut-off'));
    assert.deepEqual(session.served.channels(), []);
    await Promise.all([gone.promise, closed(channel)]);
    assert.equal(session.stream.destroyed, true);
    await session.end();
  });

  it('ends when its stream does', async () => {
    const { target, scope } = await listen((socket) => socket.pause());
    const session = testSession([scope]);
    await session.connect(target);
    session.stream.destroy();
    await session.served.close(fail('session-closed'));
    assert.deepEqual(session.served.channels(), []);
    await session.end();
  });

  it('ends at once when what comes is no HTTP/2', async () => {
    const pair = streamPair();
    pair.a.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(20));
    const session = testSession([], {}, undefined, pair);
    await closed(session.stream);
    await session.end();
  });
});
