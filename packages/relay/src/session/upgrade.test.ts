import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fail } from '@sallyport/protocol/errors';
import { fakeClock, streamPair } from '@sallyport/protocol/testing';
import { refusedCloseMs } from '../limits.ts';
import { closed } from '../testing/closed.ts';
import { refuseUpgrade } from './upgrade.ts';

describe('a refused upgrade', () => {
  it('is closed when the other side does not close, and not before it had time to', async () => {
    const clock = fakeClock();
    const { a, b } = streamPair();
    b.resume();
    refuseUpgrade(a, fail('identity-required'), clock);
    await clock.advance(refusedCloseMs - 1);
    assert.equal(a.destroyed, false);
    await clock.advance(1);
    await closed(a);
  });
  it('leaves no timer when the other side closes', async () => {
    const clock = fakeClock();
    const { a, b } = streamPair();
    refuseUpgrade(a, fail('identity-required'), clock);
    b.resume().end();
    await closed(a);
    assert.equal(clock.pending(), 0);
  });
});
