import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seededRandom } from '@sallyport/protocol/testing';
import { pieceBytes, pump } from './pump.ts';

const source = Buffer.from(seededRandom(5)(10 * pieceBytes + 777));
type Log = {
  reads: number;
  mostReads: number;
  writes: number;
  mostWrites: number;
  target: Buffer;
  order: number[];
};

/** Reads of random length that take a random number of turns; writes that do, too. */
async function copy(
  from: number,
  options: { readsAtOnce: number; writesAtOnce: number; size?: number; failAt?: number },
): Promise<Log & { end: number }> {
  const random = seededRandom(9);
  const turns = async (): Promise<void> => {
    for (let left = (random(1)[0] ?? 0) % 5; left > 0; left -= 1)
      await new Promise((resolve) => setImmediate(resolve));
  };
  const log: Log = {
    reads: 0,
    mostReads: 0,
    writes: 0,
    mostWrites: 0,
    target: Buffer.from(source.subarray(0, from)),
    order: [],
  };
  const target = Buffer.alloc(source.length);
  source.copy(target, 0, 0, from);
  const end = await pump({
    from,
    to: options.size ?? source.length,
    readsAtOnce: options.readsAtOnce,
    writesAtOnce: options.writesAtOnce,
    read: async (offset, length) => {
      log.reads += 1;
      log.mostReads = Math.max(log.mostReads, log.reads);
      await turns();
      log.reads -= 1;
      const some = 1 + ((random(1)[0] ?? 0) * length) / 256;
      return offset >= source.length
        ? undefined
        : source.subarray(offset, Math.min(offset + some, offset + length, source.length));
    },
    write: async (offset, data) => {
      log.order.push(offset);
      log.writes += 1;
      log.mostWrites = Math.max(log.mostWrites, log.writes);
      await turns();
      log.writes -= 1;
      if (options.failAt !== undefined && offset >= options.failAt) throw new Error('the disk is full');
      data.copy(target, offset);
    },
  });
  return { ...log, target, end };
}

describe('the pump', () => {
  for (const [readsAtOnce, writesAtOnce] of [
    [1, 1],
    [8, 1],
    [2, 8],
    [64, 64],
  ] as const) {
    it(`copies every byte to its place with ${readsAtOnce} reads and ${writesAtOnce} writes at once`, async () => {
      const { target, end, mostReads, mostWrites, order } = await copy(0, { readsAtOnce, writesAtOnce });
      assert.ok(target.equals(source));
      assert.equal(end, source.length);
      assert.ok(mostReads <= readsAtOnce && mostWrites <= writesAtOnce);
      assert.deepEqual(
        order,
        order.toSorted((a, b) => a - b),
      );
    });
  }
  it('begins in the middle', async () => {
    const { target, order } = await copy(123_456, { readsAtOnce: 4, writesAtOnce: 4 });
    assert.ok(target.equals(source));
    assert.equal(order[0], 123_456);
  });
  it('stops where the source ends early, and says where', async () => {
    const { end } = await copy(0, { readsAtOnce: 8, writesAtOnce: 8, size: source.length + 5 * pieceBytes });
    assert.equal(end, source.length);
  });
  it('throws what a write throws, when nothing is under way any more', async () => {
    await assert.rejects(
      copy(0, { readsAtOnce: 8, writesAtOnce: 8, failAt: 3 * pieceBytes }),
      /disk is full/,
    );
  });
});
