import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pairOnce, world } from './testParties.ts';

describe('a pairing', () => {
  it('leaves a pin on both sides, the OTP spent and no failure', async () => {
    const w = world();
    const { device, representative } = await pairOnce(w);
    assert.deepEqual({ device, representative }, { device: 'paired', representative: 'paired' });
    assert.deepEqual([...w.counters.pins], ['erin']);
    assert.deepEqual([...w.pins], ['erin']);
    assert.equal(w.counters.otp, 'spent');
    assert.equal(w.counters.total, 0);
    assert.equal(w.clock.pending(), 0);
  });
});
