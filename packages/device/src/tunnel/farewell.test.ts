import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { silentLog } from '@sallyport/protocol/environment';
import { fail } from '@sallyport/protocol/errors';
import type { GrantId } from '@sallyport/protocol/grant';
import { fakeClock, seededRandom } from '@sallyport/protocol/testing';
import { Farewell, farewellMs } from './farewell.ts';

const grant = '0123456789abcdef0123456789abcdef' as GrantId;

/** A relay that is away for the first `awayFor` calls. */
function scene(awayFor: number) {
  const clock = fakeClock();
  const said: unknown[] = [];
  let dials = 0;
  const farewell = new Farewell({
    clock,
    random: seededRandom(3),
    log: silentLog,
    dial: async () => {
      dials += 1;
      if (dials <= awayFor) throw fail('connection-lost');
      return { send: (message) => said.push(message), probe: () => {}, close: () => said.push('closed') };
    },
  });
  return { clock, said, farewell, dials: () => dials };
}

describe('the farewell to a relay that was away', () => {
  it('is said once, as soon as the relay is back', async () => {
    const { clock, said, farewell, dials } = scene(3);
    farewell.begin(grant);
    await clock.advance(60_000);
    assert.deepEqual(said, [{ type: 'close', grant, reason: 'disabled' }, 'closed']);
    assert.equal(dials(), 4);
    await clock.advance(farewellMs);
    assert.equal(dials(), 4);
  });

  it('is given up after an hour', async () => {
    const { clock, said, farewell, dials } = scene(Number.POSITIVE_INFINITY);
    farewell.begin(grant);
    await clock.advance(farewellMs);
    const tried = dials();
    await clock.advance(farewellMs);
    assert.equal(dials(), tried);
    assert.deepEqual(said, []);
    assert.equal(clock.pending(), 0);
  });

  it('is let be when a new grant is enabled', async () => {
    const { clock, said, farewell } = scene(2);
    farewell.begin(grant);
    farewell.stop();
    await clock.advance(farewellMs);
    assert.deepEqual(said, []);
    assert.equal(clock.pending(), 0);
  });
});
