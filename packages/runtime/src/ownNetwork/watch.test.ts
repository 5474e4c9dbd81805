import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fakeClock } from '@sallyport/protocol/testing';
import { watchNetwork } from './watch.ts';

function watched() {
  const clock = fakeClock();
  const seen = { addresses: 'eth0 192.0.2.1/24', changes: 0, failing: false };
  const watch = watchNetwork({
    clock,
    addresses: () => {
      if (seen.failing) throw new Error('EMFILE');
      return seen.addresses;
    },
    changed: () => {
      seen.changes += 1;
    },
  });
  return { clock, seen, watch };
}

describe('the watch on the network', () => {
  it('tells once of a changed address, within a second', async () => {
    const { clock, seen, watch } = watched();
    await clock.advance(10_000);
    assert.equal(seen.changes, 0);
    seen.addresses = 'wlan0 192.0.2.9/24';
    await clock.advance(1_000);
    assert.equal(seen.changes, 1);
    await clock.advance(10_000);
    assert.equal(seen.changes, 1);
    watch.stop();
  });

  it('takes addresses that it cannot ask for to be as they were, and asks again', async () => {
    const { clock, seen, watch } = watched();
    seen.failing = true;
    await clock.advance(10_000);
    assert.equal(seen.changes, 0);
    seen.failing = false;
    await clock.advance(1_000);
    assert.equal(seen.changes, 0);
    seen.addresses = 'wlan0 192.0.2.9/24';
    await clock.advance(1_000);
    assert.equal(seen.changes, 1);
    watch.stop();
  });

  it('tells when the machine wakes up', async () => {
    const { clock, seen, watch } = watched();
    clock.sleep(60_000);
    await clock.advance(1_000);
    assert.equal(seen.changes, 1);
    watch.stop();
  });

  it('leaves no timer behind when it is stopped', () => {
    const { clock, watch } = watched();
    watch.stop();
    assert.equal(clock.pending(), 0);
  });
});
