import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type GrantId, makeGrantId } from '@sallyport/protocol/grant';
import { fakeClock, seededRandom } from '@sallyport/protocol/testing';
import { grantTickMs } from '../limits.ts';
import { GrantEnds } from './ends.ts';

function setUp() {
  const clock = fakeClock();
  const ended: GrantId[] = [];
  const ends = new GrantEnds(clock, (grant) => ended.push(grant));
  return { clock, ended, ends, grant: makeGrantId(seededRandom(9)) };
}

describe('the end of a grant at the relay', () => {
  it('comes within a second of its time, once', async () => {
    const { clock, ended, ends, grant } = setUp();
    ends.set(grant, clock.wallMs() + 10_000);
    await clock.advance(10_000 - 1);
    assert.deepEqual(ended, []);
    await clock.advance(grantTickMs);
    assert.deepEqual(ended, [grant]);
    assert.equal(clock.pending(), 0);
  });

  it('can be moved, and be taken away', async () => {
    const { clock, ended, ends, grant } = setUp();
    ends.set(grant, clock.wallMs() + 10_000);
    ends.set(grant, clock.wallMs() + 20_000);
    await clock.advance(15_000);
    assert.deepEqual(ended, []);
    ends.delete(grant);
    await clock.advance(15_000);
    assert.deepEqual(ended, []);
    assert.equal(clock.pending(), 0);
  });

  it('is not put off by a wall clock that is set back', async () => {
    const { clock, ended, ends, grant } = setUp();
    ends.set(grant, clock.wallMs() + 10_000);
    clock.jumpWall(-3_600_000);
    await clock.advance(10_000 + grantTickMs);
    assert.deepEqual(ended, [grant]);
  });

  it('comes when the wall clock says so, also after a sleep', async () => {
    const { clock, ended, ends, grant } = setUp();
    ends.set(grant, clock.wallMs() + 3_600_000);
    clock.sleep(3_600_000);
    await clock.advance(grantTickMs);
    assert.deepEqual(ended, [grant]);
  });
});
