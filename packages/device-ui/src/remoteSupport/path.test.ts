import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Session, Status } from '../api/client.ts';
import { legsOf } from './path.ts';

const base: Pick<Status, 'state' | 'tunnel' | 'problem' | 'sessions'> = {
  state: 'open',
  tunnel: 'up',
  problem: null,
  sessions: [],
};
const session = (state: Session['state']) => ({ state }) as Session;
const problem = (code: string) => ({ code, text: '', next: '', details: {} });

describe('the way', () => {
  it('is not used while Remote Support is off', () => {
    assert.deepEqual(legsOf({ ...base, state: 'disabled', tunnel: 'off' }), ['idle', 'idle', 'idle', 'idle']);
  });

  it('waits for the representative once the device is through', () => {
    assert.deepEqual(legsOf(base), ['good', 'good', 'good', 'waiting']);
  });

  it('works as far as the representative while one session is live', () => {
    assert.equal(legsOf({ ...base, sessions: [session('suspended'), session('live')] })[3], 'good');
    assert.equal(legsOf({ ...base, sessions: [session('suspended')] })[3], 'lost');
  });

  it('shows where it ends', () => {
    const at = (code: string) => legsOf({ ...base, tunnel: 'resting', problem: problem(code) });
    assert.deepEqual(at('relay-no-route'), ['failed', 'idle', 'idle', 'idle']);
    assert.deepEqual(at('relay-name-unresolved'), ['good', 'failed', 'idle', 'idle']);
    assert.deepEqual(at('relay-refused'), ['good', 'good', 'failed', 'idle']);
    assert.deepEqual(at('what-nobody-knows'), ['good', 'good', 'failed', 'idle']);
  });

  it('is tried as a whole while nothing is known yet', () => {
    assert.deepEqual(legsOf({ ...base, state: 'waiting', tunnel: 'dialling' }), [
      'trying',
      'trying',
      'trying',
      'idle',
    ]);
  });
});
