import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fail } from '@sallyport/protocol/errors';
import { fakeClock } from '@sallyport/protocol/testing';
import { erin, otto } from '../grant/testing.ts';
import { AskDesk, askLimit, askRestMs, longestAskRestMs } from './asks.ts';

const never = new AbortController().signal;
const wish = { ...erin, session: 's-1', scopes: ['web'], forMs: undefined, why: 'CASE-7' } as const;
const desk = () => {
  const clock = fakeClock();
  return { clock, desk: new AskDesk(clock, () => {}) };
};

describe('the questions of representatives', () => {
  it('wait for an administrator, whose yes resolves them', async () => {
    const { desk: d } = desk();
    const asked = d.put(wish, never);
    const ask = d.find(undefined);
    assert.equal(ask.why, 'CASE-7');
    d.answer(ask, true);
    await asked;
    assert.deepEqual(d.list(), []);
    d.answer(ask, true);
  });

  it('are refused by a no, and by ten minutes without an answer', async () => {
    const { desk: d, clock } = desk();
    const first = assert.rejects(d.put(wish, never), { code: 'ask-refused' });
    d.answer(d.find('1'), false);
    await first;
    await clock.advance(2 * askRestMs);
    const second = assert.rejects(d.put(wish, never), { code: 'ask-timed-out' });
    await clock.advance(599_999);
    assert.equal(d.list().length, 1);
    await clock.advance(1);
    await second;
    assert.equal(clock.pending(), 0);
  });

  it('are withdrawn with whoever asked, and leave no timer behind', async () => {
    const { desk: d, clock } = desk();
    const gone = new AbortController();
    const asked = assert.rejects(d.put(wish, gone.signal), { code: 'ask-withdrawn' });
    gone.abort(fail('ask-withdrawn'));
    await asked;
    assert.equal(clock.pending(), 0);
    assert.throws(() => d.find('1'), { code: 'ask-unknown' });
  });

  it('come once a minute from a key, whatever session it asks in, and less often the more are refused', async () => {
    const { desk: d, clock } = desk();
    const rests: number[] = [];
    for (let count = 0; count < 7; count += 1) {
      const asked = assert.rejects(d.put({ ...wish, session: `s-${count}` }, never), { code: 'ask-refused' });
      d.answer(d.find(undefined), false);
      await asked;
      let restMs = 0;
      const tooSoon = (): boolean => {
        try {
          d.put(wish, AbortSignal.abort(fail('ask-withdrawn'))).catch(() => {});
          return false;
        } catch (error) {
          assert.equal((error as { code: string }).code, 'ask-too-soon');
          return true;
        }
      };
      while (tooSoon()) {
        await clock.advance(askRestMs);
        restMs += askRestMs;
      }
      rests.push(restMs);
      // The one that was let through and withdrawn counts, too.
      await clock.advance(longestAskRestMs);
    }
    assert.deepEqual(
      rests.map((ms) => ms / askRestMs),
      [2, 4, 8, 16, 16, 16, 16],
    );
  });

  it('may come again after a minute when the one before was granted', async () => {
    const { desk: d, clock } = desk();
    const asked = d.put(wish, never);
    d.answer(d.find(undefined), true);
    await asked;
    d.put(wish, never).catch(() => {});
    assert.throws(() => d.put(wish, never), { code: 'ask-too-soon' });
    await clock.advance(askRestMs);
    d.put(wish, never).catch(() => {});
    assert.equal(d.list().length, 2);
    assert.throws(() => d.find(undefined), { code: 'ask-ambiguous' });
  });

  it('are three of a session at most, and eight in all', async () => {
    const { desk: d, clock } = desk();
    for (let count = 0; count < 3; count += 1) {
      d.put(wish, never).catch(() => {});
      await clock.advance(askRestMs);
    }
    assert.throws(() => d.put(wish, never), { code: 'asks-used-up' });
    for (let count = d.list().length; count < askLimit; count += 1) {
      d.put({ ...wish, session: `s-${count}`, key: `k-${count}` }, never).catch(() => {});
    }
    assert.throws(() => d.put({ ...wish, ...otto, session: 's-9' }, never), { code: 'asks-used-up' });
  });
});
