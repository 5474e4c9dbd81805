import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { after, describe, it } from 'node:test';
import { encodeCommandStart } from '@sallyport/protocol/channels';
import { fail } from '@sallyport/protocol/errors';
import ssh2, { type Client, type ClientChannel } from 'ssh2';
import { until } from '../processes/testing.ts';
import { endTestSessions, type TestSession, testSession } from './testing.ts';

after(endTestSessions);

function heard(channel: Duplex): () => string {
  let all = '';
  channel.on('data', (chunk: Buffer) => {
    all += chunk.toString();
  });
  return () => all;
}

async function sshOf(session: TestSession): Promise<Client> {
  const client = new ssh2.Client();
  client.on('error', () => {});
  client.connect({ sock: await session.connect('ssh'), username: 'anybody' });
  await once(client, 'ready');
  return client;
}
const exec = (client: Client, line: string, pty = false): Promise<ClientChannel> =>
  new Promise((resolve, reject) => {
    client.exec(line, { pty }, (error, channel) => (error ? reject(error) : resolve(channel)));
  });

/** Says "tick" without end, and repeats what it is told. */
const ticker =
  'stty -echo 2>/dev/null; while :; do echo tick; sleep 0.01; done & while read line; do echo "got $line"; done';
const ticks = (said: string): number => said.split('tick').length - 1;

/** Waits until the device has said more, which it could not without having looked at what was sent before. */
async function goesOn(said: () => string): Promise<void> {
  const before = ticks(said());
  await until(() => ticks(said()) > before + 5, 'the device goes on to say something');
}

/** A server that collects what it is told, and says "tick" on a piece of each connection without end. */
async function target(): Promise<{ address: string; told: () => string; close(): void }> {
  const sockets: Socket[] = [];
  let told = '';
  const server = createServer((socket) => {
    sockets.push(socket);
    const ticking = setInterval(() => socket.write('tick '), 5);
    socket.on('error', () => {});
    socket.on('close', () => clearInterval(ticking));
    socket.on('data', (chunk) => {
      told += String(chunk);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    told: () => told,
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

describe('a representative who is paused', { timeout: 30_000 }, () => {
  for (const pty of [true, false]) {
    it(`is not heard by a ${pty ? 'terminal' : 'command'} that goes on to speak, until all arrives in order`, async () => {
      const session = testSession(['terminal']);
      const channel = await exec(await sshOf(session), ticker, pty);
      const said = heard(channel);
      channel.write('one\n');
      await until(() => said().includes('got one'), 'the first line');
      session.input.hold();
      channel.write('two\n');
      channel.write('three\n');
      await goesOn(said);
      assert.ok(!said().includes('two'), said());
      session.input.release();
      channel.write('four\n');
      await until(() => said().includes('got four'), 'the last line');
      assert.deepEqual(said().match(/got \w+/g), ['got one', 'got two', 'got three', 'got four']);
      await session.end();
    });
  }

  it('still has the terminal in the size of the window', async () => {
    const session = testSession(['terminal']);
    const channel = await exec(
      await sshOf(session),
      'trap "stty size" WINCH; echo ready; while :; do sleep 0.01; done',
      true,
    );
    const said = heard(channel);
    await until(() => said().includes('ready'), 'it runs');
    session.input.hold();
    channel.setWindow(51, 133, 0, 0);
    await until(() => said().includes('51 133'), 'the size');
    await session.end();
  });

  it('begins nothing new before it may go on', async () => {
    const session = testSession(['terminal']);
    const client = await sshOf(session);
    const running = heard(await exec(client, ticker));
    session.input.hold();
    let begun = false;
    const second = exec(client, 'echo begun').then((channel) => {
      begun = true;
      return heard(channel);
    });
    await goesOn(running);
    assert.equal(begun, false);
    session.input.release();
    const said = await second;
    await until(() => said() === 'begun\n', 'the second command');
    await session.end();
  });

  it('begins no command on a channel that was open before', async () => {
    const session = testSession(['terminal']);
    const running = heard(await exec(await sshOf(session), ticker));
    const channel = session.client.request({ ':method': 'CONNECT', ':authority': 'command' });
    channel.on('error', () => {});
    const start = encodeCommandStart({ line: 'echo begun' });
    channel.write(start.subarray(0, 3));
    await goesOn(running);
    session.input.hold();
    channel.write(start.subarray(3));
    const answered = once(channel, 'response');
    await goesOn(running);
    const opened = (): unknown[] => session.told.filter(([what]) => what === 'opened');
    assert.equal(opened().length, 1);
    session.input.release();
    await answered;
    assert.equal(opened().length, 2);
    const said = heard(channel);
    await until(() => said().includes('begun'), 'the command');
    await session.end();
  });

  it('reaches no TCP port and no new one, and loses no byte', async () => {
    const port = await target();
    const session = testSession([`tcp:${port.address}` as never]);
    const channel = await session.connect(port.address);
    const said = heard(channel);
    await until(() => ticks(said()) > 0, 'the connection');
    session.input.hold();
    channel.write('a'.repeat(200_000));
    channel.write('b');
    let second = false;
    const later = session.connect(port.address).then((opened) => {
      second = true;
      return opened;
    });
    await goesOn(said);
    assert.deepEqual([port.told(), second], ['', false]);
    session.input.release();
    await until(() => port.told().length === 200_001, 'all bytes');
    assert.equal(port.told().at(-1), 'b');
    await later;
    await session.end();
    port.close();
  });

  it('is ended like anybody else', async () => {
    const session = testSession(['terminal']);
    const client = await sshOf(session);
    const said = heard(await exec(client, ticker));
    await goesOn(said);
    session.input.hold();
    const waiting = session.ask('127.0.0.1:9');
    waiting.catch(() => {});
    await session.served.close(fail('grant-ended'));
    if (!session.client.closed) await once(session.client, 'close');
    assert.deepEqual(session.served.channels(), []);
  });
});
