import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { ClientHttp2Stream } from 'node:http2';
import { userInfo } from 'node:os';
import { after, describe, it } from 'node:test';
import {
  CommandFrameReader,
  type CommandStart,
  commandBytes,
  commandHeader,
  encodeCommandStart,
} from '@sallyport/protocol/channels';
import { fail } from '@sallyport/protocol/errors';
import { until } from '../processes/testing.ts';
import { memoryRecorder, type Remembered } from '../recordings/testing.ts';
import { closed, endTestSessions, refusalIn, type TestSession, testSession } from './testing.ts';

after(() => endTestSessions());

type Ran = { output: string; errors: string; exit: unknown };

function ask({ client }: TestSession, start: CommandStart | Buffer): ClientHttp2Stream {
  const channel = client.request({ ':method': 'CONNECT', ':authority': 'command' });
  channel.on('error', () => {});
  channel.write(Buffer.isBuffer(start) ? start : encodeCommandStart(start));
  return channel;
}

const statusOf = async (channel: ClientHttp2Stream): Promise<number> => {
  const [answer] = (await once(channel, 'response')) as [{ ':status': number }];
  return answer[':status'];
};

/** All that the device sends, until the channel is closed. */
async function result(channel: ClientHttp2Stream): Promise<Ran> {
  const ran: Ran = { output: '', errors: '', exit: undefined };
  const reader = new CommandFrameReader(['output', 'errors', 'exit'], {
    onBytes: (type, piece) => {
      if (type !== 'input') ran[type] += piece.toString();
    },
    onJson: (_, exit) => {
      ran.exit = exit;
    },
  });
  channel.on('data', (chunk: Buffer) => reader.read(chunk));
  await closed(channel);
  return ran;
}

const send = (channel: ClientHttp2Stream, text: string): void => {
  for (const bytes of commandBytes('input', Buffer.from(text))) channel.write(bytes);
};

describe('a command without SSH', () => {
  it('has its three streams apart, and its exit status', async () => {
    const session = testSession(['terminal']);
    const channel = ask(session, { line: 'cat; echo wrong >&2; exit 7' });
    send(channel, 'hello ');
    channel.end(Buffer.concat([...commandBytes('input', Buffer.from('there'))]));
    assert.deepEqual(await result(channel), { output: 'hello there', errors: 'wrong\n', exit: { code: 7 } });
    await session.end();
    assert.deepEqual(session.told, [
      ['opened', 1, 'command', 'cat; echo wrong >&2; exit 7'],
      ['closed', 1, { bytesIn: 11, bytesOut: 17, exit: { code: 7 } }],
    ]);
  });

  it('shows nothing that its recording holds up, and ends with a word of why when it cannot be recorded', async () => {
    const recorder = memoryRecorder();
    const session = testSession(['terminal'], { recorder });
    const channel = ask(session, { line: 'echo one; read -r next; echo "$next"; exec sleep 600' });
    const ran = result(channel);
    const recorded = (): Remembered | undefined => [...recorder.all.values()][0];
    await until(() => recorded()?.output === 'one\n', 'its first line is recorded');
    recorded()?.hold(true);
    send(channel, 'two\n');
    await until(() => recorded()?.output === 'one\ntwo\n', 'one more is on its way');
    recorded()?.hold(false);
    recorded()?.break(fail('recording-broken', { details: { reason: 'the disk is full' } }));
    const { output, errors, exit } = await ran;
    assert.deepEqual([output, exit], ['one\ntwo\n', { code: 251 }]);
    assert.match(errors, /^sallyport: The device cannot record this any more, .*the disk is full/);
    assert.deepEqual(recorded()?.ended, { why: 'exit', exit: { code: 251 } });
    assert.deepEqual(
      [recorded()?.subject.command, recorded()?.subject.runAs],
      ['echo one; read -r next; echo "$next"; exec sleep 600', userInfo().username],
    );
    await session.end();
  });

  it('is not started when it cannot be recorded', async () => {
    const recorder = memoryRecorder();
    const reason = fail('recording-impossible', { details: { reason: 'the disk is full' } });
    const session = testSession(['terminal'], {
      recorder: { ...recorder, begin: () => Promise.reject(reason) },
    });
    const channel = ask(session, { line: 'echo in' });
    assert.equal(await statusOf(channel), 507);
    assert.equal((await refusalIn(channel)).code, 'recording-impossible');
    assert.deepEqual(
      session.told.map(([what]) => what),
      ['opened', 'closed'],
    );
    await session.end();
  });

  it('tells the signal that ended it', async () => {
    const session = testSession(['terminal']);
    const { exit } = await result(ask(session, { line: 'kill -TERM $$' }).end());
    assert.deepEqual(exit, { signal: 'SIGTERM' });
    await session.end();
  });

  it('takes the language of whoever asks, and no other variable', async () => {
    const session = testSession(['terminal']);
    const environment = { LC_TIME: 'de_DE.UTF-8', LD_PRELOAD: '/tmp/x.so', PATH: '/tmp' };
    const line = 'echo "$LC_TIME,$LD_PRELOAD"; case $PATH in /tmp*) echo theirs;; esac';
    const { output } = await result(ask(session, { line, environment }).end());
    assert.equal(output, 'de_DE.UTF-8,\n');
    await session.end();
  });

  it('loses nothing of 8 MiB each way', async () => {
    const session = testSession(['terminal']);
    const channel = ask(session, { line: 'cat' });
    const text = 'sallyport '.repeat(800_000);
    send(channel, text);
    channel.end();
    const { output } = await result(channel);
    assert.ok(output === text, `${output.length} bytes came back`);
    await session.end();
  });

  it('is held back by a representative who does not read', async () => {
    const session = testSession(['terminal']);
    const channel = ask(session, { line: 'exec cat /dev/zero' });
    assert.equal(await statusOf(channel), 200);
    channel.pause();
    let sent = -1;
    await until(() => {
      const before = sent;
      sent = session.served.channels()[0]?.bytesOut ?? 0;
      return sent > 0 && sent === before;
    }, 'no more is sent');
    assert.ok(sent < 16 * 1024 * 1024, `${sent} bytes were sent`);
    await session.end();
  });

  it('gets no input while the administrator holds it, and all of it afterwards', async () => {
    const session = testSession(['terminal']);
    const channel = ask(session, { line: 'head -n 1; head -n 1' });
    send(channel, 'one\n');
    const output: string[] = [];
    const reader = new CommandFrameReader(['output', 'errors', 'exit'], {
      onBytes: (_, piece) => output.push(piece.toString()),
      onJson: () => {},
    });
    channel.on('data', (chunk: Buffer) => reader.read(chunk));
    await until(() => output.join('') === 'one\n', 'the first line');
    session.input.hold();
    send(channel, 'two\n');
    channel.end();
    // What is asked for after it is heard, and answered: this was not.
    await new Promise((resolve) => session.client.ping(() => resolve(undefined)));
    assert.equal(session.served.channels()[0]?.bytesIn, 4);
    session.input.release();
    await closed(channel);
    assert.equal(output.join(''), 'one\ntwo\n');
    await session.end();
  });

  it('is over when the program is, though the input goes on', async () => {
    const session = testSession(['terminal']);
    const channel = ask(session, { line: 'head -c 1' });
    send(channel, 'xyz');
    assert.deepEqual(await result(channel), { output: 'x', errors: '', exit: { code: 0 } });
    await session.end();
  });

  it('is let go of when the representative resets the channel', async () => {
    const session = testSession(['terminal']);
    const channel = ask(session, { line: 'echo $$; exec cat' });
    assert.equal(await statusOf(channel), 200);
    channel.destroy();
    await until(() => session.told.some(([what]) => what === 'closed'), 'the channel is closed');
    await session.end();
  });

  it('is refused without its scope, by a sentence', async () => {
    const session = testSession(['files:read']);
    const channel = ask(session, { line: 'id' });
    assert.equal(await statusOf(channel), 403);
    assert.equal((await refusalIn(channel)).code, 'scope-refused');
    assert.deepEqual(session.told, [['refused', 'terminal', 'id']]);
    await session.end();
  });

  it('is refused when what is to be started is not said as agreed', async () => {
    const session = testSession(['terminal']);
    const json = (content: unknown): Buffer => {
      const text = Buffer.from(JSON.stringify(content));
      return Buffer.concat([commandHeader('start', text.length), text]);
    };
    const starts = [
      Buffer.concat([...commandBytes('input', Buffer.from('x'))]),
      json({}),
      json({ line: 'a\0b' }),
      json({ line: 'x'.repeat(35_001) }),
      json({ line: 'id', environment: { LANG: 'x'.repeat(4_097) } }),
      commandHeader('exit', 2),
    ];
    for (const start of starts) {
      const channel = ask(session, start);
      assert.equal(await statusOf(channel), 400);
      assert.equal((await refusalIn(channel)).code, 'message-malformed');
      channel.destroy();
    }
    assert.deepEqual(session.told, []);
    await session.end();
  });

  it('ends with the session', async () => {
    const session = testSession(['terminal']);
    const channel = ask(session, { line: 'exec sleep 600' });
    assert.equal(await statusOf(channel), 200);
    await session.end();
    await closed(channel);
    assert.deepEqual(session.told.at(-1)?.slice(0, 2), ['closed', 1]);
  });
});
