import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fakeClock } from '@sallyport/protocol/testing';
import type { GatewayAnswer } from './legs.ts';
import { PathWatch } from './watch.ts';

describe('whoever watches the way', () => {
  it('is told of what is worth telling, and of nothing while nobody needs the way', async () => {
    const clock = fakeClock();
    let wanted = true;
    let gateway: GatewayAnswer = 'answers';
    let roundTrips: (number | undefined)[] = [undefined];
    let told = 0;
    const watch = new PathWatch({
      clock,
      wanted: () => wanted,
      roundTrips: () => roundTrips,
      look: () => gateway,
      changed: () => {
        told += 1;
      },
    });
    const after = async (change: () => void): Promise<number> => {
      const before = told;
      change();
      await clock.advance(5_000);
      return told - before;
    };
    watch.start();
    assert.deepEqual([told, watch.gateway], [1, 'answers']);
    const steps: readonly [what: string, change: () => void, times: 0 | 1][] = [
      ['nothing', () => {}, 0],
      ['a first measure', () => (roundTrips = [40]), 1],
      ['a quarter more', () => (roundTrips = [50]), 0],
      ['more than that', () => (roundTrips = [51]), 1],
      ['two milliseconds of little', () => (roundTrips = [51, 1]), 1],
      ['that jitter', () => (roundTrips = [51, 3]), 0],
      ['a session that ended', () => (roundTrips = [51]), 1],
      ['a gateway that is silent', () => (gateway = 'silent'), 1],
      ['a gateway that nobody needs', () => ([wanted, gateway] = [false, 'none']), 0],
      ['what changed meanwhile', () => (wanted = true), 1],
    ];
    for (const [what, change, times] of steps) assert.equal(await after(change), times, what);
    watch.stop();
    assert.equal(clock.pending(), 0);
  });
});
