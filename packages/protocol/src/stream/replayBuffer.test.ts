import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { patternAt } from '../testing/index.ts';
import { dataHeaderBytes } from './codec.ts';
import { ReplayBudget } from './index.ts';
import { dataFrameCap } from './limits.ts';
import { ReplayBuffer } from './replayBuffer.ts';
import { WriteRequest } from './writeRequest.ts';

const everywhere = Number.POSITIVE_INFINITY;

/** A buffer into which the next bytes of the pattern were written, in writes of these lengths. */
function filled(lengths: readonly number[], leavesAtOnce = true, budget = new ReplayBudget()): ReplayBuffer {
  const replay = new ReplayBuffer(budget, 1 << 24);
  for (const length of lengths) {
    const request = new WriteRequest([patternAt(replay.end, length)], () => {});
    while (request.left > 0) replay.take(request, leavesAtOnce);
  }
  return replay;
}

/** Sends everything that may be sent; the payloads' lengths. Checks that the payload is the pattern from `offset` on. */
function send(replay: ReplayBuffer, offset = 0, limit = everywhere): number[] {
  const lengths: number[] = [];
  let at = offset;
  for (let pieces = replay.nextFrame(limit); pieces; pieces = replay.nextFrame(limit)) {
    const frame = Buffer.concat(pieces);
    const length = frame.readUInt32BE(0);
    assert.equal(frame.length, dataHeaderBytes + length);
    assert.ok(frame.subarray(dataHeaderBytes).equals(patternAt(at, length)));
    lengths.push(length);
    at += length;
  }
  return lengths;
}

describe('the replay buffer', () => {
  it('sends no frame over the cap', () => {
    assert.deepEqual(send(filled([dataFrameCap + 1])), [dataFrameCap, 1]);
    assert.deepEqual(send(filled([10, 20, dataFrameCap + 1])), [10, dataFrameCap, 21]);
    assert.deepEqual(send(filled(Array(5).fill(dataFrameCap / 2))), [
      dataFrameCap,
      dataFrameCap,
      dataFrameCap / 2,
    ]);
  });

  it('keeps large chunks as they are, and copies small ones', () => {
    const small = patternAt(0, 9);
    const large = Buffer.alloc(16_384, patternAt(9, 16_384));
    const replay = new ReplayBuffer(new ReplayBudget(), 1 << 24);
    replay.take(new WriteRequest([small, large], () => {}), true);
    small.fill(0);
    const [header, body] = replay.nextFrame(everywhere) ?? [];
    assert.equal(body, large);
    assert.ok(header?.subarray(dataHeaderBytes).equals(patternAt(0, 9)));
  });

  it('copies a chunk that would keep much more memory alive than it has bytes', () => {
    const replay = new ReplayBuffer(new ReplayBudget(), 1 << 24);
    const whole = patternAt(0, 100_000);
    replay.take(new WriteRequest([whole.subarray(0, 5000)], () => {}), true);
    const pieces = replay.nextFrame(everywhere) ?? [];
    assert.ok(pieces.every(({ buffer }) => buffer !== whole.buffer));
  });

  it('joins writes that have to wait', () => {
    assert.deepEqual(send(filled([10, 20, 30], false)), [60]);
  });

  it('does not touch a frame any more that was on a connection, also when it is to go out again', () => {
    const replay = filled([10], false);
    send(replay);
    replay.rewind(0);
    replay.take(new WriteRequest([patternAt(10, 5)], () => {}), false);
    assert.deepEqual(send(replay), [10, 5]);
  });

  it('sends nothing beyond the window', () => {
    const replay = filled([10, 20]);
    assert.deepEqual(send(replay, 0, 29), [10]);
    assert.equal(replay.sent, 10);
    assert.deepEqual(send(replay, 10, 30), [20]);
  });

  it('goes back to any offset, in the middle of a frame too', () => {
    for (let offset = 0; offset <= 60; offset += 1) {
      const replay = filled([10, 20, 30]);
      send(replay);
      replay.rewind(offset);
      assert.equal(
        send(replay, offset).reduce((sum, length) => sum + length, 0),
        60 - offset,
      );
    }
  });

  it('keeps what is acknowledged but was not sent on this connection, for the other end counts on it', () => {
    const replay = filled([10, 20]);
    send(replay);
    replay.rewind(0);
    replay.acknowledge(30);
    assert.deepEqual(send(replay), [10, 20]);
    assert.equal(replay.held, 0);
  });

  it('gives back what is acknowledged, and all when it is cleared', () => {
    const budget = new ReplayBudget();
    const replay = filled([1000, 2000, 3000], true, budget);
    send(replay);
    const before = budget.held;
    assert.ok(before >= 6000 && before < 7000);
    replay.acknowledge(2999);
    assert.ok(budget.held < before - 1000 && budget.held > before - 2000);
    replay.acknowledge(3000);
    assert.ok(budget.held < before - 3000);
    replay.clear();
    assert.equal(budget.held, 0);
  });

  it('counts a thousand frames of one byte for more than a thousand bytes', () => {
    const replay = new ReplayBuffer(new ReplayBudget(), 1 << 24);
    for (let i = 0; i < 1000; i += 1) {
      replay.take(new WriteRequest([patternAt(i, 1)], () => {}), true);
      replay.nextFrame(everywhere);
    }
    assert.ok(replay.held > 100_000);
  });

  it('sends the end after all bytes, needs no room for it, and sends it again until it is acknowledged', () => {
    const replay = filled([10]);
    replay.finish();
    assert.equal(replay.nextIsFin(), false);
    send(replay, 0, 10);
    assert.equal(replay.nextIsFin(), true);
    assert.equal(replay.nextIsFin(), false);
    assert.equal(replay.sent, 11);
    replay.rewind(10);
    assert.equal(replay.nextIsFin(), true);
    replay.acknowledge(11);
    assert.equal(replay.finAcknowledged, true);
    replay.rewind(11);
    assert.equal(replay.nextIsFin(), false);
  });
});
