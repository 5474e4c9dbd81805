import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seededRandom } from '@sallyport/protocol/testing';
import { longestWaitMs, shortestWaitMs, waitMs } from './backoff.ts';

describe('the wait before the next try', () => {
  const random = seededRandom(42);
  it('is none before the first', () => assert.equal(waitMs(0, random), 0));
  it('is anything up to a bound that doubles, and never longer than half a minute', () => {
    for (let failures = 1; failures < 60; failures += 1) {
      const bound = Math.min(longestWaitMs, shortestWaitMs * 2 ** (failures - 1));
      const waits = Array.from({ length: 200 }, () => waitMs(failures, random));
      assert.ok(Math.max(...waits) <= bound);
      assert.ok(Math.max(...waits) > bound * 0.8 && Math.min(...waits) < bound * 0.2, 'not spread');
    }
  });
});
