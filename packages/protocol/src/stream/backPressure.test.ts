import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { settle } from '../testing/index.ts';
import { ReplayBudget } from './index.ts';
import { dataFrameCap, maxReplayBytes, receiveWindowBytes, replayFloorBytes } from './limits.ts';
import { Receiver } from './receiver.ts';
import { joined, type TestEnd, TwoStreams } from './testStreams.ts';

const step = 64 * 1024;

/** Writes as a well-behaved writer does, until it is told to wait. Returns how much was written. */
async function writeUntilFull(end: TestEnd, most = 64 * 1024 * 1024): Promise<number> {
  const before = end.written;
  while (end.written - before < most) {
    if (end.write(step)) continue;
    let drained = false;
    end.stream.once('drain', () => {
      drained = true;
    });
    for (let turn = 0; turn < 20 && !drained; turn += 1) await settle(1);
    if (!drained) break;
  }
  return end.written - before;
}

describe('the window', () => {
  it('of a reader that has taken everything has room for a whole frame, since no part of one is sent', () => {
    const receiver = new Receiver({ push: () => true, unread: () => 0 });
    assert.equal(receiver.grantRoom(), receiveWindowBytes);
    assert.ok(receiveWindowBytes >= dataFrameCap, `${receiveWindowBytes} bytes`);
  });
});

describe('back-pressure', () => {
  it('reaches the writer when the reader has stopped, within window and replay buffer', async () => {
    const streams = new TwoStreams();
    const { a, b } = streams;
    streams.join();
    const written = await writeUntilFull(a);
    assert.ok(written >= receiveWindowBytes, `${written} bytes`);
    assert.ok(written <= receiveWindowBytes + maxReplayBytes + dataFrameCap + 2 * step, `${written} bytes`);
    b.readAll();
    await settle(2000);
    assert.equal(b.read.length, written);
    assert.ok(a.stream.writableLength === 0);
  });

  it('reaches the writer while the connection only stands still, before much has piled up', async () => {
    const streams = joined({ capacityBytes: step });
    await settle();
    streams.pair.stall('a', true);
    const written = await writeUntilFull(streams.a);
    assert.ok(written <= 8 * step, `${written} bytes`);
    streams.pair.stall('a', false);
    await settle(200);
    assert.equal(streams.b.read.length, written);
  });

  it('reaches the writer while suspended, at the replay buffer', async () => {
    const streams = joined({ maxReplayBytes: 1024 * 1024 });
    const { a, b } = streams;
    streams.pair.cut();
    await settle();
    const written = await writeUntilFull(a);
    assert.ok(written >= 1024 * 1024 - dataFrameCap, `${written} bytes`);
    assert.ok(a.stream.stats().replayBytes <= 1024 * 1024 + dataFrameCap + 1024);
    streams.join();
    await settle(200);
    assert.equal(b.read.length, written);
  });

  it('leaves the other direction alone: acknowledgements and pings are read while the reader has stopped', async () => {
    const streams = new TwoStreams();
    const { a, b, clock } = streams;
    a.readAll();
    streams.join();
    const stuck = await writeUntilFull(a);
    assert.ok(stuck > 0);
    const written = 3 * maxReplayBytes;
    for (let sent = 0; sent < written; sent += 1024 * 1024) {
      b.write(1024 * 1024);
      await settle(50);
    }
    assert.equal(a.read.length, written);
    await clock.advance(120_000);
    assert.equal(a.stream.state, 'live');
    assert.equal(b.stream.state, 'live');
  });

  it('lets two ends that only write, and read later, come through', async () => {
    const streams = new TwoStreams();
    const { a, b } = streams;
    streams.join();
    const bytes = 8 * 1024 * 1024;
    a.write(bytes);
    b.write(bytes);
    await settle(300);
    // Neither writer waits any more, although nobody has read a byte.
    assert.equal(a.stream.writableLength, 0);
    assert.equal(b.stream.writableLength, 0);
    a.readAll();
    b.readAll();
    await settle(300);
    assert.equal(a.read.length, bytes);
    assert.equal(b.read.length, bytes);
  });

  it('costs little memory for writes of one byte while suspended', async () => {
    const streams = joined();
    streams.pair.cut();
    await settle();
    for (let i = 0; i < 20_000; i += 1) {
      streams.a.write(1);
      if (i % 100 === 0) await settle(1);
    }
    await settle();
    assert.ok(streams.a.stream.stats().replayBytes < 64 * 1024);
    streams.join();
    await settle();
    assert.equal(streams.b.read.length, 20_000);
  });
});

describe('the replay budget', () => {
  it('gives one stream its most, and keeps something for the next', async () => {
    const budget = new ReplayBudget(2 * 1024 * 1024);
    const first = new TwoStreams({ budget });
    const second = new TwoStreams({ budget });
    await writeUntilFull(first.a);
    const heldByFirst = first.a.stream.stats().replayBytes;
    assert.ok(heldByFirst >= 1024 * 1024 && heldByFirst <= 1024 * 1024 + 2 * dataFrameCap, `${heldByFirst}`);
    await writeUntilFull(second.a);
    const heldBySecond = second.a.stream.stats().replayBytes;
    assert.ok(heldBySecond >= replayFloorBytes && heldBySecond < heldByFirst, `${heldBySecond}`);
    assert.equal(budget.held, heldByFirst + heldBySecond);
    assert.ok(budget.held <= budget.total);
  });

  it('that is used up still lets every stream move', async () => {
    const budget = new ReplayBudget(0);
    const greedy = new TwoStreams({ budget });
    await writeUntilFull(greedy.a);
    assert.ok(budget.held > budget.total);
    const streams = joined({ budget });
    streams.a.write(4 * 1024 * 1024);
    await settle(500);
    assert.equal(streams.b.read.length, 4 * 1024 * 1024);
  });

  it('gets everything back from a stream that has ended', async () => {
    const budget = new ReplayBudget();
    const streams = new TwoStreams({ budget });
    streams.a.write(1_000_000);
    assert.ok(budget.held > 1_000_000);
    streams.a.stream.endDeliberately('grant-ended');
    assert.equal(budget.held, 0);
  });
});
