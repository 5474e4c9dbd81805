import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { settle } from '@sallyport/protocol/testing';
import { SshChannel } from './channel.ts';
import type { SshTransport } from './transport.ts';

type Sent = readonly unknown[];

/** A channel whose transport writes down what it is told to send. */
function channelWith(windows: { sendWindow?: number; sendPacket?: number; receiveWindow?: number } = {}): {
  channel: SshChannel;
  sent: Sent[];
  takes: (ready: boolean) => void;
  gone: () => number;
} {
  const sent: Sent[] = [];
  const told =
    (name: string) =>
    (remote: number, data?: unknown): void => {
      assert.equal(remote, 7);
      sent.push(data === undefined ? [name] : [name, Buffer.isBuffer(data) ? data.toString() : data]);
    };
  const transport = {
    channelData: told('data'),
    channelExtData: told('errors'),
    channelWindowAdjust: told('window'),
    channelEOF: told('eof'),
    channelClose: told('close'),
    channelSuccess: told('success'),
    channelFailure: told('failure'),
  } as unknown as SshTransport; // The parts that a channel uses.
  let ready = true;
  let gone = 0;
  const channel = new SshChannel({
    transport,
    remote: 7,
    sendWindow: windows.sendWindow ?? 100,
    sendPacket: windows.sendPacket ?? 100,
    receiveWindow: windows.receiveWindow ?? 100,
    ready: () => ready,
    gone: () => {
      gone += 1;
    },
  });
  return {
    channel,
    sent,
    takes: (now) => {
      ready = now;
      if (now) channel.flush();
    },
    gone: () => gone,
  };
}

describe('a channel of SSH', () => {
  it('sends what the window allows, in packets as large as allowed, and the rest when it widens', () => {
    const { channel, sent } = channelWith({ sendWindow: 5, sendPacket: 3 });
    channel.write('abcdefgh');
    assert.deepEqual(sent, [
      ['data', 'abc'],
      ['data', 'de'],
    ]);
    channel.widen(1);
    channel.widen(100);
    assert.deepEqual(sent.slice(2), [
      ['data', 'f'],
      ['data', 'gh'],
    ]);
  });

  it('mixes nothing up when output and errors both wait', () => {
    const { channel, sent } = channelWith({ sendWindow: 2, sendPacket: 2 });
    channel.write('AAAA');
    channel.errors.write('eeee');
    for (let count = 0; count < 3; count += 1) channel.widen(2);
    channel.widen(100);
    channel.write('BB');
    channel.errors.write('ff');
    const of = (name: string): string =>
      sent
        .filter(([what]) => what === name)
        .map(([, data]) => data)
        .join('');
    assert.equal(of('data'), 'AAAABB');
    assert.equal(of('errors'), 'eeeeff');
    assert.deepEqual(sent.slice(0, 3), [
      ['data', 'AA'],
      ['data', 'AA'],
      ['errors', 'ee'],
    ]);
  });

  it('waits while the connection is full, and tells its writer so', async () => {
    const { channel, sent, takes } = channelWith();
    takes(false);
    let written = false;
    channel.write('x', () => {
      written = true;
    });
    await settle();
    assert.deepEqual([sent, written], [[], false]);
    takes(true);
    await settle();
    assert.deepEqual([sent, written], [[['data', 'x']], true]);
  });

  it('sends all that was written, then the exit, then its close', async () => {
    const { channel, sent, gone } = channelWith({ sendWindow: 1 });
    channel.write('ab');
    channel.errors.write('c');
    channel.finish(() => sent.push(['exit']));
    await settle();
    assert.deepEqual(sent, [['data', 'a']]);
    channel.widen(100);
    await settle();
    assert.deepEqual(sent.slice(1), [['data', 'b'], ['errors', 'c'], ['eof'], ['exit'], ['close']]);
    assert.equal(gone(), 1);
    channel.reply(true);
    assert.equal(sent.length, 6, 'nothing comes after the close');
  });

  it('gives the window back in steps, and not for what is not read', () => {
    const { channel, sent } = channelWith({ receiveWindow: 10 });
    channel.receive(Buffer.from('1234'));
    channel.receive(Buffer.from('567890'));
    assert.deepEqual(sent, []);
    channel.read(4);
    assert.deepEqual(sent, []);
    channel.read(1);
    assert.deepEqual(sent, [['window', 5]]);
    channel.read();
    assert.deepEqual(sent, [
      ['window', 5],
      ['window', 5],
    ]);
  });

  it('gives the window back to a sender who used all of it while the reader paused', async () => {
    const { channel, sent } = channelWith({ receiveWindow: 10 });
    channel.pause();
    channel.receive(Buffer.alloc(10));
    channel.resume();
    await settle();
    assert.deepEqual(sent, [['window', 10]]);
  });

  it('takes not a byte beyond its window, nor after EOF', () => {
    const one = channelWith({ receiveWindow: 10 });
    assert.equal(one.channel.admit(10), true);
    assert.equal(one.channel.admit(1), false);
    const other = channelWith();
    other.channel.receiveEnd();
    assert.equal(other.channel.admit(1), false);
  });

  it('is read to its end though the other side closes it right after', async () => {
    const { channel, sent, gone } = channelWith();
    channel.receive(Buffer.from('the last words'));
    channel.receiveEnd();
    channel.shut(true);
    assert.equal(channel.destroyed, false);
    assert.deepEqual([sent, gone()], [[['close']], 1]);
    let heard = '';
    for await (const chunk of channel) heard += String(chunk);
    assert.equal(heard, 'the last words');
    assert.equal(channel.destroyed, true);
  });

  it('is half of something when it is closed without EOF, and dropped', async () => {
    const { channel } = channelWith();
    let ended = false;
    channel.on('end', () => {
      ended = true;
    });
    channel.receive(Buffer.from('half'));
    channel.shut(true);
    await settle();
    assert.deepEqual([channel.destroyed, ended], [true, false]);
  });

  it('keeps no writer waiting once it is closed', async () => {
    const { channel } = channelWith({ sendWindow: 0 });
    const done: string[] = [];
    channel.write('waits', () => done.push('first'));
    channel.receiveEnd();
    channel.shut(false);
    channel.write('late', () => done.push('second'));
    await settle();
    assert.deepEqual(done, ['first', 'second']);
  });
});
