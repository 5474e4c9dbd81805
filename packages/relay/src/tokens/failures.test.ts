import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fail } from '@sallyport/protocol/errors';
import { fakeClock } from '@sallyport/protocol/testing';
import { joinFailuresPerMinute } from '../limits.ts';
import { JoinFailures } from './failures.ts';

const refused = (): Promise<never> => Promise.reject(fail('token-unknown'));
const address = '192.0.2.1';

function setUp() {
  const clock = fakeClock();
  const failures = new JoinFailures(clock);
  const code = (join: () => Promise<unknown>, from = address): Promise<string> =>
    failures.guard(from, join).then(
      () => 'joined',
      (error) => error.code ?? error.message,
    );
  return { clock, code };
}

describe('refused secrets', () => {
  it('make their address wait for a minute, and no other one', async () => {
    const { clock, code } = setUp();
    for (let i = 0; i < joinFailuresPerMinute; i++) assert.equal(await code(refused), 'token-unknown');
    assert.equal(await code(refused), 'rate-limited');
    assert.equal(await code(async () => {}), 'rate-limited');
    assert.equal(await code(async () => {}, '192.0.2.2'), 'joined');
    await clock.advance(60_001);
    assert.equal(await code(async () => {}), 'joined');
  });

  it('are counted when they are tried, so that many at once get no more tries', async () => {
    const { code } = setUp();
    let tried = 0;
    const slow = async (): Promise<never> => {
      tried += 1;
      await new Promise(setImmediate);
      return refused();
    };
    const codes = await Promise.all(Array.from({ length: 100 }, () => code(slow)));
    assert.equal(tried, joinFailuresPerMinute);
    assert.equal(codes.filter((each) => each === 'rate-limited').length, 100 - joinFailuresPerMinute);
  });

  it('are the only thing that counts: not what the relay itself is at fault for, and not a success', async () => {
    const { code } = setUp();
    const others = ['relay-database-lost', 'internal', 'message-malformed', 'request-invalid'] as const;
    for (let i = 0; i < joinFailuresPerMinute; i++) {
      for (const other of others) assert.equal(await code(() => Promise.reject(fail(other))), other);
      assert.equal(await code(() => Promise.reject(new Error('a bug'))), 'a bug');
      assert.equal(await code(async () => {}), 'joined');
    }
  });

  it('are forgotten of the oldest address when there are too many', async () => {
    const { code } = setUp();
    for (let i = 0; i < joinFailuresPerMinute; i++) await code(refused);
    for (let i = 0; i < 9_999; i++) await code(refused, `host-${i}`);
    assert.equal(await code(refused), 'rate-limited');
    for (let i = 0; i < 2; i++) await code(refused, `more-${i}`);
    assert.equal(await code(refused), 'token-unknown');
  });
});
