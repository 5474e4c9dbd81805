import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { describe, it } from 'node:test';
import { fakeClock, seededRandom, settle, streamPair } from '@sallyport/protocol/testing';
import fc from 'fast-check';
import { spliceFlushMs } from '../limits.ts';
import { splice } from './splice.ts';

const seed = 20_270_101;

function joined(options: { maxChunk?: number; capacityBytes?: number; seed?: number } = {}) {
  const clock = fakeClock();
  const representative = streamPair({ ...options, clock });
  const device = streamPair({ ...options, seed: (options.seed ?? 0) + 1, clock });
  const halves = {
    near: representative.a,
    far: device.a,
    splice: splice({ stream: representative.b, early: [] }, { stream: device.b, early: [] }, { clock }),
  };
  for (const stream of [representative.a, representative.b, device.a, device.b]) stream.on('error', () => {});
  return { clock, representative, device, ...halves };
}

function readAll(stream: Duplex): Promise<Buffer> {
  const chunks: Buffer[] = [];
  return new Promise((resolve) => {
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => resolve(Buffer.concat(chunks)));
  });
}

describe('a splice', () => {
  it('delivers the same bytes in the same order, however they are cut, both ways at once', async () => {
    const property = fc.asyncProperty(
      fc.integer({ min: 0, max: 2 ** 31 - 1 }),
      fc.integer({ min: 1, max: 5_000 }),
      fc.integer({ min: 100, max: 4_096 }),
      async (streamSeed, maxChunk, capacityBytes) => {
        const random = seededRandom(streamSeed);
        const { near, far, splice: live } = joined({ seed: streamSeed, maxChunk, capacityBytes });
        const [up, down] = [Buffer.from(random(5_000)), Buffer.from(random(8_000))];
        const [atFar, atNear] = [readAll(far), readAll(near)];
        near.write(up);
        far.write(down);
        while (live.bytes().fromRepresentative < up.length || live.bytes().fromDevice < down.length)
          await settle(1);
        near.end();
        assert.ok((await atFar).equals(up));
        far.end();
        assert.ok((await atNear).equals(down));
        await live.ended;
        assert.deepEqual(live.bytes(), { fromRepresentative: up.length, fromDevice: down.length });
      },
    );
    await fc.assert(property, { seed, numRuns: 50 });
  });

  it('passes on what was read before it began, first', async () => {
    const clock = fakeClock();
    const [representative, device] = [streamPair(), streamPair()];
    representative.a.write('c');
    splice(
      { stream: representative.b, early: [Buffer.from('a'), Buffer.from('b')] },
      { stream: device.b, early: [Buffer.from('x')] },
      { clock },
    );
    const atFar = readAll(device.a);
    assert.equal(String((await once(representative.a, 'data'))[0]), 'x');
    representative.a.end();
    assert.equal(String(await atFar), 'abc');
  });

  it('does not take from one side more than the other side takes', async () => {
    const { near, far, representative } = joined({ capacityBytes: 16 * 1024 });
    const piece = Buffer.alloc(128 * 1024);
    near.on('drain', () => near.write(piece));
    near.write(piece);
    for (let turns = 0; turns < 50; turns++) await settle();
    const held = representative.written('a');
    assert.ok(held < 1024 * 1024, `${held} bytes were taken although nobody reads`);
    far.resume();
    while (representative.written('a') < 4 * 1024 * 1024) await settle(1);
    near.destroy();
    far.destroy();
  });

  it('delivers what was read of a side that broke, then closes the other', async () => {
    const { near, far, representative, splice: live } = joined();
    const atFar = readAll(far);
    near.write('last words');
    await settle();
    representative.cut();
    assert.equal(String(await atFar), 'last words');
    far.end();
    await live.ended;
  });

  it('gives up after ten seconds on a side that takes nothing', async () => {
    const { near, far, representative, clock, splice: live } = joined({ capacityBytes: 1_024 });
    near.write(Buffer.alloc(100_000));
    await settle();
    representative.cut();
    await settle();
    let over = false;
    live.ended.then(() => {
      over = true;
    });
    await clock.advance(spliceFlushMs - 1);
    assert.equal(over, false);
    await clock.advance(1);
    assert.equal(over, true);
    assert.equal(clock.pending(), 0);
    far.destroy();
  });

  it('ends both sides at once when it is cut', async () => {
    const { near, far, clock, splice: live } = joined();
    live.cut();
    await live.ended;
    await Promise.all([once(near.resume(), 'end'), once(far.resume(), 'end')]);
    assert.equal(clock.pending(), 0);
  });

  it('ends when a side was gone before it began', async () => {
    const clock = fakeClock();
    const [representative, device] = [streamPair(), streamPair()];
    representative.b.destroy();
    await settle();
    const live = splice({ stream: representative.b, early: [] }, { stream: device.b, early: [] }, { clock });
    device.a.resume();
    device.a.end();
    await live.ended;
    assert.equal(clock.pending(), 0);
  });
});
