import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { seededRandom } from '../testing/index.ts';
import { type Random, uniform } from './index.ts';

/** Gives these values, four bytes each, one after the other. */
function drawing(...values: number[]): Random {
  return (length) => {
    assert.equal(length, 4);
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(values.shift() ?? assert.fail('one draw too many'));
    return bytes;
  };
}

describe('a uniform number', () => {
  it('is drawn again when it would favour small numbers', () => {
    const limit = 2 ** 32 - (2 ** 32 % 10_000);
    assert.equal(uniform(drawing(limit - 1), 10_000), 9_999);
    assert.equal(uniform(drawing(limit, 2 ** 32 - 1, 10_007), 10_000), 7);
  });

  it('takes any draw for a power of two', () => {
    assert.equal(uniform(drawing(2 ** 32 - 1), 2 ** 32), 2 ** 32 - 1);
    assert.equal(uniform(drawing(2 ** 32 - 1), 2), 1);
    assert.equal(uniform(drawing(5), 1), 0);
  });

  it('reads its bytes wherever in a buffer they lie', () => {
    const bytes = Uint8Array.from([9, 9, 9, 0, 0, 1, 1]).subarray(3);
    assert.equal(
      uniform(() => bytes, 1_000),
      257,
    );
  });

  it('stays below its bound and takes every value', () => {
    const property = fc.property(fc.integer({ min: 1, max: 50 }), fc.integer(), (bound, seed) => {
      const random = seededRandom(seed);
      const seen = new Set(Array.from({ length: 60 * bound }, () => uniform(random, bound)));
      assert.ok([...seen].every((value) => Number.isInteger(value) && value >= 0 && value < bound));
      assert.equal(seen.size, bound);
    });
    fc.assert(property, { seed: 20_270_108, numRuns: 60 });
  });
});
