import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { describe, it } from 'node:test';
import { silentLog } from '@sallyport/protocol/environment';
import { makeGrantId } from '@sallyport/protocol/grant';
import { fakeClock, seededRandom } from '@sallyport/protocol/testing';
import { headsAtOnce, tunnelDeadMs, tunnelPingMs } from '@sallyport/protocol/tunnel';
import type { WebSocket } from 'ws';
import {
  tunnelBufferedBytes,
  tunnelHeadsAtOnce,
  tunnelOpenMs,
  tunnelQueue,
  tunnelWithoutGrantMs,
} from '../limits.ts';
import { Tunnel, type TunnelActs } from './tunnel.ts';

class FakeSocket extends EventEmitter {
  readonly calls: string[] = [];
  bufferedAmount = 0;
  send(data: Buffer): void {
    const { type, error } = JSON.parse(String(data)) as { type: string; error?: { code: string } };
    this.calls.push(error ? `${type} ${error.code}` : type);
  }
  ping(): void {
    this.calls.push('ping');
  }
  close(code: number): void {
    this.calls.push(`close ${code}`);
  }
  terminate(): void {
    this.calls.push('terminate');
    this.emit('close');
  }
}

const grant = makeGrantId(seededRandom(5));

function setUp() {
  const clock = fakeClock();
  const socket = new FakeSocket();
  const acted: string[] = [];
  const act = async (_tunnel: Tunnel, message: { type: string }): Promise<void> => {
    acted.push(message.type);
  };
  const acts: TunnelActs = {
    async open(opening, message): Promise<void> {
      opening.epoch = 1;
      opening.grant = message.grant;
      acted.push('open');
    },
    change: act,
    close: act,
    decline: act,
    heads: act,
    gone: () => acted.push('gone'),
  };
  const tunnel: Tunnel = new Tunnel(socket as unknown as WebSocket, {
    device: 'd1',
    clock,
    log: silentLog,
    acts,
  });
  const say = (message: object): void => {
    socket.emit('message', Buffer.from(JSON.stringify({ v: 1, ...message })), false);
  };
  const open = { type: 'open', grant, leftMs: 1_000, scopes: ['web'] };
  return { clock, socket, tunnel, acted, acts, say, open };
}

describe('a tunnel', () => {
  it('is given up when its first message does not come', async () => {
    const { clock, socket, acted } = setUp();
    await clock.advance(tunnelOpenMs);
    assert.deepEqual(socket.calls.slice(0, 2), ['refused timed-out', 'close 4006']);
    assert.deepEqual(acted, ['gone']);
  });

  it('pings, and is given up for dead after thirty seconds of silence', async () => {
    const { clock, socket, acted, say, open } = setUp();
    say(open);
    await clock.advance(tunnelPingMs);
    assert.deepEqual(socket.calls, ['ping']);
    socket.emit('pong');
    await clock.advance(tunnelPingMs);
    assert.deepEqual(socket.calls, ['ping', 'ping']);
    await clock.advance(tunnelDeadMs - tunnelPingMs);
    assert.deepEqual(socket.calls, ['ping', 'ping', 'terminate']);
    assert.deepEqual(acted, ['open', 'gone']);
    assert.equal(clock.pending(), 0);
  });

  it('deals with messages in order, one at a time', async () => {
    const { clock, acted, say, open } = setUp();
    say(open);
    say({ ...open, type: 'change' });
    say({ type: 'close', grant, reason: 'disabled' });
    await clock.advance(0);
    assert.deepEqual(acted, ['open', 'change', 'close']);
  });

  it('carries out what came before the device hung up, and opens and changes nothing any more', async () => {
    const { clock, socket, acted, say, open } = setUp();
    say(open);
    await clock.advance(0);
    say({ ...open, type: 'change' });
    say({ ...open, type: 'change', scopes: ['web', 'terminal'] });
    say({ type: 'close', grant, reason: 'disabled' });
    say(open);
    socket.emit('close');
    await clock.advance(0);
    assert.deepEqual(acted, ['open', 'change', 'gone', 'close']);
    assert.equal(clock.pending(), 0);
  });

  it('carries out nothing that came after what it is closed for', async () => {
    const { clock, acted, say, open } = setUp();
    say(open);
    await clock.advance(0);
    say({ type: 'nothing' });
    say({ type: 'close', grant, reason: 'disabled' });
    await clock.advance(0);
    assert.deepEqual(acted, ['open', 'gone']);
  });

  it('loses no Disable for want of the database: neither behind a change that failed, nor that itself', async () => {
    const { clock, socket, acted, acts, say, open } = setUp();
    say(open);
    await clock.advance(0);
    let lost = 3;
    const close = acts.close;
    acts.change = async () => {
      throw new Error('connection terminated');
    };
    acts.close = async (closing, message) => {
      lost -= 1;
      if (lost > 0) throw new Error('connection terminated');
      return close(closing, message);
    };
    say({ ...open, type: 'change' });
    say({ ...open, type: 'change' });
    say({ type: 'close', grant, reason: 'disabled' });
    await clock.advance(0);
    socket.emit('close');
    assert.deepEqual([acted, socket.calls[0]], [['open', 'gone'], 'refused relay-database-lost']);
    await clock.advance(1_000);
    assert.deepEqual(acted, ['open', 'gone']);
    await clock.advance(2_000);
    assert.deepEqual(acted, ['open', 'gone', 'close']);
    assert.equal(clock.pending(), 0);
  });

  it('carries out a Disable that waits while a flood behind it ends the tunnel', async () => {
    const { clock, acted, acts, say, open } = setUp();
    say(open);
    await clock.advance(0);
    const slow = Promise.withResolvers<void>();
    acts.change = () => slow.promise;
    say({ ...open, type: 'change' });
    say({ type: 'close', grant, reason: 'disabled' });
    for (let n = 0; n < tunnelQueue; n += 1) say({ ...open, type: 'change' });
    slow.resolve();
    await clock.advance(0);
    assert.deepEqual(acted, ['open', 'gone', 'close']);
  });

  it('is closed when it has had no open grant for a minute', async () => {
    const { clock, socket, tunnel, say, open } = setUp();
    say(open);
    await clock.advance(0);
    tunnel.grant = undefined;
    for (let passed = 0; passed < tunnelWithoutGrantMs; passed += 10_000) {
      socket.emit('pong');
      await clock.advance(10_000);
    }
    assert.ok(socket.calls.includes('refused grant-ended'), socket.calls.join());
  });

  it('is closed for a device that does not take what it is told', () => {
    const { socket, tunnel } = setUp();
    socket.bufferedAmount = tunnelBufferedBytes + 1;
    tunnel.send({ type: 'drain', afterMs: 1 });
    assert.deepEqual(socket.calls, ['drain', 'terminate']);
  });

  it('takes heads of recordings as an honest device has them, and is ended for a flood of them', async () => {
    const { clock, socket, say, open } = setUp();
    const head = { session: 'a'.repeat(32), seal: 1, lines: 2, bytes: 3, sha256: 'b'.repeat(64), end: true };
    const recordings = Array.from({ length: headsAtOnce }, (_, n) => ({
      ...head,
      recording: `${String(n).padStart(8, '0')}-${grant}`,
    }));
    say(open);
    let told = 0;
    const tell = async (): Promise<void> => {
      told += recordings.length;
      say({ type: 'heads', id: told, grant, recordings });
      await clock.advance(200);
    };
    const ended = (): boolean => socket.calls.includes('refused rate-limited');
    while (told + recordings.length <= tunnelHeadsAtOnce) await tell();
    assert.ok(!ended());
    // It pings and is answered meanwhile.
    socket.emit('pong');
    for (let n = 0; n < 60 && !ended(); n += 1) await tell();
    assert.ok(ended());
  });

  it('leaves no timer and says nothing more once it has ended', async () => {
    const { clock, socket, tunnel, say, open, acted } = setUp();
    socket.emit('close');
    say(open);
    tunnel.send({ type: 'drain', afterMs: 1 });
    await clock.advance(0);
    assert.deepEqual([socket.calls, acted, clock.pending()], [[], ['gone'], 0]);
  });
});
