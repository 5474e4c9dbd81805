import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { after, describe, it } from 'node:test';
import ssh2, { type Client, type ClientChannel, type ConnectConfig } from 'ssh2';
import { closed, endTestSessions, type TestSession, testSession } from '../channels/testing.ts';
import { until } from '../processes/testing.ts';

/** What stock ssh cannot be made to do is done with ssh2's client. */
async function clientOf(
  session: TestSession,
  options: ConnectConfig = {},
): Promise<Client & { raw: Duplex }> {
  const raw = await session.connect('ssh');
  const client = new ssh2.Client();
  client.on('error', () => {});
  client.connect({ sock: raw, username: 'anybody', ...options });
  await once(client, 'ready');
  return Object.assign(client, { raw });
}

/** The parts of ssh2 that its types leave out: they let a client say what it never should. */
type Raw = {
  _protocol: {
    channelData(channel: number, data: Buffer): void;
    session(channel: number, window: number, packet: number): void;
    exec(channel: number, line: string, wantReply: boolean): void;
    openssh_noMoreSessions(wantReply: boolean): void;
    readonly _handlers: object;
  };
};
const rawOf = (client: Client): Raw['_protocol'] => (client as unknown as Raw)._protocol;

const exec = (client: Client, line: string): Promise<ClientChannel> =>
  new Promise((resolve, reject) => {
    client.exec(line, (error, channel) => (error ? reject(error) : resolve(channel)));
  });

const shell = (client: Client, size: { cols: number; rows: number }): Promise<ClientChannel> =>
  new Promise((resolve, reject) => {
    client.shell({ ...size, term: 'xterm', width: 0, height: 0 }, (error, channel) =>
      error ? reject(error) : resolve(channel),
    );
  });

async function heard(channel: Duplex): Promise<() => string> {
  let all = '';
  channel.on('data', (chunk: Buffer) => {
    all += chunk.toString();
  });
  return () => all;
}

after(endTestSessions);

describe('a request of an SSH client', () => {
  it('changes the size of a terminal, also right after it was opened', async () => {
    const session = testSession(['terminal']);
    const client = await clientOf(session);
    const channel = await shell(client, { cols: 100, rows: 30 });
    channel.setWindow(50, 132, 0, 0);
    channel.end('stty size; exit\n');
    assert.match(await text(channel), /50 132\r\n/);
    await session.end();
  });

  it('sends a signal to a command', async () => {
    const session = testSession(['terminal']);
    const client = await clientOf(session);
    const channel = await exec(
      client,
      'trap "echo usr1; exit 9" USR1; echo ready; while :; do sleep 0.01; done',
    );
    const said = await heard(channel);
    await until(() => said() === 'ready\n', 'it runs');
    const exit = once(channel, 'exit');
    channel.signal('USR1');
    assert.deepEqual((await exit)[0], 9);
    assert.equal(said(), 'ready\nusr1\n');
    await session.end();
  });

  it('starts one program on a channel, and no second one', async () => {
    const session = testSession(['terminal']);
    const client = await clientOf(session);
    const channel = await exec(client, 'cat');
    rawOf(client).exec(0, 'echo second', true);
    channel.end('first');
    assert.equal(await text(channel), 'first');
    assert.equal(session.told.filter(([what]) => what === 'opened').length, 1);
    await session.end();
  });

  it('opens no channel once no more sessions were promised', async () => {
    const session = testSession(['terminal']);
    const client = await clientOf(session);
    rawOf(client).openssh_noMoreSessions(false);
    await assert.rejects(exec(client, 'id'));
    await session.end();
  });
});

describe('a hostile SSH client', () => {
  it('that says it reads gigabytes, and does not read, fills no memory', async () => {
    const session = testSession(['terminal']);
    const client = await clientOf(session);
    rawOf(client).session(9, 2 ** 32 - 1, 32_768);
    rawOf(client).exec(0, 'exec cat /dev/zero', false);
    await until(() => (session.served.channels()[0]?.bytesOut ?? 0) > 0, 'it began');
    client.raw.pause();
    // Both print at once: when another's output has come, this one had its turn as often.
    const reader = await exec(await clientOf(session), 'head -c 67108864 /dev/zero');
    assert.equal((await buffer(reader)).length, 64 * 1024 * 1024);
    const out = session.served.channels()[0]?.bytesOut ?? 0;
    assert.ok(out < 32 * 1024 * 1024, `${out} bytes left the program`);
    await session.end();
  });

  it('that sends more than the window loses its connection', async () => {
    const session = testSession(['terminal']);
    const client = await clientOf(session);
    await exec(client, 'sleep 60');
    const piece = Buffer.alloc(32_000);
    for (let sent = 0; sent < 6 * 1024 * 1024; sent += piece.length) rawOf(client).channelData(0, piece);
    await closed(client.raw);
    await session.end();
  });

  it('starts nothing by what comes in one piece with what ended its connection', async () => {
    const session = testSession(['terminal']);
    const client = await clientOf(session);
    await exec(client, 'sleep 60');
    client.raw.cork();
    for (let sent = 0; sent < 5 * 1024 * 1024; sent += 32_000)
      rawOf(client).channelData(0, Buffer.alloc(32_000));
    rawOf(client).session(9, 1_000, 1_000);
    rawOf(client).exec(1, 'sleep 61', false);
    client.raw.uncork();
    await closed(client.raw);
    assert.equal(session.told.filter(([what]) => what === 'opened').length, 1);
    await session.end();
  });

  it('that sends nothing of SSH loses its connection', async () => {
    const session = testSession(['terminal']);
    const raw = await session.connect('ssh');
    raw.resume();
    raw.write('GET / HTTP/1.1\r\n\r\n');
    await closed(raw);
    await session.end();
  });

  it('that asks for a channel before it is let in gets none', async () => {
    const session = testSession(['terminal']);
    const raw = await session.connect('ssh');
    const client = new ssh2.Client();
    client.on('error', () => {});
    client.on('handshake', () => rawOf(client).session(0, 1_000, 1_000));
    client.connect({ sock: raw, username: 'anybody' });
    await closed(raw);
    assert.deepEqual(session.told, []);
    await session.end();
  });

  it('that opens channels without end gets 256, and a sentence', async () => {
    const session = testSession(['terminal']);
    const client = await clientOf(session);
    const answers: string[] = [];
    Object.assign(rawOf(client)._handlers, {
      CHANNEL_OPEN_CONFIRMATION: () => answers.push('opened'),
      CHANNEL_OPEN_FAILURE: (_: unknown, _local: number, _reason: number, words: string) =>
        answers.push(words),
    });
    for (let channel = 0; channel < 300; channel += 1) rawOf(client).session(channel, 1_000, 1_000);
    await until(() => answers.length === 300, 'the answers');
    assert.equal(answers.filter((one) => one === 'opened').length, 255, 'the connection itself is the 256th');
    assert.equal(answers.at(-1), 'This session has its 256 channels in use.');
    await session.end();
  });

  it('that tries to log in with a password is not told whether one is right', async () => {
    const session = testSession(['terminal']);
    const raw = await session.connect('ssh');
    const client = new ssh2.Client();
    client.connect({ sock: raw, username: 'root', password: 'x', authHandler: ['password'] });
    const [error] = (await once(client, 'error')) as [Error];
    assert.match(error.message, /authentication methods failed/);
    await session.end();
  });
});
