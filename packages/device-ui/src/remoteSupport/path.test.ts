import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Status } from '../api/client.ts';
import { stations, wayOf } from './path.ts';

type State = Status['path'][number]['state'];
const path = (...states: State[]): Status['path'] =>
  stations.map((leg, index) => ({ leg, state: states[index] ?? 'unknown' }));
const live = { state: 'live' } as Status['sessions'][number];
const looks = (states: State[], state: Status['state'], sessions: Status['sessions'] = []): string =>
  wayOf({ path: path(...states), state, sessions })
    .legs.map(({ look }) => look)
    .join(' ');

describe('the picture of the way', () => {
  it('shows nothing as used while Remote Support is off', () => {
    assert.equal(
      looks(['ok', 'unknown', 'unknown', 'unknown', 'unknown'], 'disabled'),
      'idle idle idle idle',
    );
  });

  it('shows what is not known as that while it is on', () => {
    assert.equal(
      looks(['ok', 'unknown', 'waiting', 'waiting', 'unknown'], 'waiting'),
      'unknown trying trying unknown',
    );
  });

  it('shows the leg that fails, and claims nothing of what lies behind it', () => {
    assert.equal(
      looks(['ok', 'ok', 'unknown', 'broken', 'unknown'], 'waiting'),
      'good unknown failed unknown',
    );
  });

  it('waits for a representative, or has lost one', () => {
    assert.equal(looks(['ok', 'ok', 'ok', 'ok', 'waiting'], 'open'), 'good good good waiting');
    assert.equal(looks(['ok', 'ok', 'ok', 'ok', 'waiting'], 'open', [live]), 'good good good lost');
    assert.equal(looks(['ok', 'ok', 'ok', 'ok', 'ok'], 'open', [live]), 'good good good good');
  });

  it('tells of the device itself apart', () => {
    assert.equal(wayOf({ path: path('broken'), state: 'disabled', sessions: [] }).device?.state, 'broken');
  });
});
