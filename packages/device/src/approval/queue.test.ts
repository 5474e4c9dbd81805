import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fail } from '@sallyport/protocol/errors';
import { fakeClock } from '@sallyport/protocol/testing';
import { erin, otto } from '../grant/testing.ts';
import { ApprovalQueue } from './queue.ts';

const never = new AbortController().signal;
const queue = () => {
  const clock = fakeClock();
  return { clock, queue: new ApprovalQueue(clock, () => {}) };
};

describe('the queue of those who wait to be let in', () => {
  it('lets in whom the administrator approves', async () => {
    const { queue: q } = queue();
    const asked = q.ask(erin, never);
    assert.equal(q.decide(undefined, true).representative, erin.representative);
    await asked;
    assert.deepEqual(q.list(), []);
  });

  it('refuses whom the administrator denies', async () => {
    const { queue: q } = queue();
    const asked = q.ask(erin, never);
    q.decide(erin.representative, false);
    await assert.rejects(asked, { code: 'approval-refused' });
  });

  it('gives up after two minutes', async () => {
    const { queue: q, clock } = queue();
    const asked = assert.rejects(q.ask(erin, never), { code: 'approval-timed-out' });
    await clock.advance(119_999);
    assert.equal(q.list().length, 1);
    await clock.advance(1);
    await asked;
    assert.deepEqual(q.list(), []);
  });

  it('wants a name when several wait', () => {
    const { queue: q } = queue();
    q.ask(erin, never).catch(() => {});
    q.ask(otto, never).catch(() => {});
    assert.throws(() => q.decide(undefined, true), { code: 'approval-ambiguous' });
    assert.equal(q.decide('2', true).representative, otto.representative);
  });

  it('knows nobody who does not wait', () => {
    assert.throws(() => queue().queue.decide('erin', true), { code: 'approval-unknown' });
  });

  it('ends with the grant, by its reason, and leaves no timer behind', async () => {
    const { queue: q, clock } = queue();
    const end = new AbortController();
    const asked = q.ask(erin, end.signal);
    end.abort(fail('grant-ended'));
    await assert.rejects(asked, { code: 'grant-ended' });
    assert.equal(clock.pending(), 0);
  });

  it('holds one question of a key: asking again takes the place of the first', async () => {
    const { queue: q } = queue();
    const first = assert.rejects(q.ask(erin, never), { code: 'approval-timed-out' });
    q.ask(erin, never).catch(() => {});
    await first;
    assert.equal(q.list().length, 1);
  });

  it('holds eight at most', async () => {
    const { queue: q } = queue();
    for (let count = 0; count < 8; count += 1) q.ask({ ...erin, key: `k${count}` }, never).catch(() => {});
    await assert.rejects(q.ask(otto, never), { code: 'device-busy' });
  });
});
