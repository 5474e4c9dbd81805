import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { seededRandom } from '@sallyport/protocol/testing';
import { longestRestMs, restMs, shortestRestMs } from './backoff.ts';
import { step, type TunnelEvent, type TunnelState } from './machine.ts';

const states: { readonly [at in TunnelState['at']]: TunnelState } = {
  off: { at: 'off' },
  dialling: { at: 'dialling', failures: 2 },
  up: { at: 'up', failures: 2, sinceMs: 1_000 },
  resting: { at: 'resting', failures: 2 },
};
const events: { readonly [type in TunnelEvent['type']]: TunnelEvent } = {
  start: { type: 'start' },
  opened: { type: 'opened', nowMs: 1_000 },
  lost: { type: 'lost', nowMs: 2_000, pace: 'jitter' },
  rested: { type: 'rested' },
  network: { type: 'network' },
  stop: { type: 'stop' },
};

function readArrows(): Map<string, string> {
  const source = readFileSync(join(import.meta.dirname, 'machine.ts'), 'utf8');
  const arrows = new Map<string, string>();
  for (const match of source.matchAll(/^ \* +([\w, ]+?) +--([\w-]+)--> +(\w+)$/gm)) {
    for (const state of (match[1] ?? '').split(',')) {
      const pair = `${state.trim()} ${match[2]}`;
      assert.ok(!arrows.has(pair), `two arrows for ${pair}`);
      arrows.set(pair, match[3] ?? '');
    }
  }
  return arrows;
}

describe("the tunnel's life", () => {
  it('does with every pair of state and event what its drawing says, and the drawing has them all', () => {
    const arrows = readArrows();
    const pairs = Object.keys(states).flatMap((at) => Object.keys(events).map((type) => `${at} ${type}`));
    assert.deepEqual([...arrows.keys()].sort(), pairs.sort());
    for (const [at, state] of Object.entries(states)) {
      for (const [type, event] of Object.entries(events)) {
        const result = step(state, event);
        const arrow = arrows.get(`${at} ${type}`);
        if (arrow === 'ignored') assert.deepEqual(result, { state, effects: [] }, `${at} --${type}-->`);
        else if (arrow === 'same') assert.ok(result.state === state && result.effects.length > 0);
        else assert.equal(result.state.at, arrow, `${at} --${type}-->`);
      }
    }
  });

  it('counts failures on as long as no connection was steady', () => {
    const soon = step(states.up, { type: 'lost', nowMs: 1_500, pace: 'jitter' });
    assert.deepEqual(soon.state, { at: 'resting', failures: 3 });
  });

  it('counts from one again after a connection that stood ten seconds', () => {
    const late = step(states.up, { type: 'lost', nowMs: 11_000, pace: 'jitter' });
    assert.deepEqual(late.state, { at: 'resting', failures: 1 });
  });

  it('dials at once when the network changes, and begins to count anew', () => {
    const result = step(states.resting, events.network);
    assert.deepEqual(result, {
      state: { at: 'dialling', failures: 0 },
      effects: [{ do: 'hang-up' }, { do: 'dial' }],
    });
  });

  it('asks whether a standing connection still works when the network changes, and keeps it', () => {
    assert.deepEqual(step(states.up, events.network).effects, [{ do: 'probe' }]);
  });
});

describe('the rest between two tries', () => {
  it('is from half a second to thirty seconds, and anything in between', () => {
    const random = seededRandom(3);
    const rests = Array.from({ length: 2_000 }, () => restMs(20, random));
    assert.ok(Math.min(...rests) >= shortestRestMs && Math.max(...rests) <= longestRestMs);
    assert.ok(Math.min(...rests) < 2_000 && Math.max(...rests) > 28_000);
  });

  it('has a ceiling that doubles with every failure', () => {
    const random = seededRandom(4);
    for (const [failures, ceiling] of [
      [1, 1_000],
      [2, 2_000],
      [3, 4_000],
      [6, 30_000],
      [1_000, 30_000],
    ] as const) {
      const most = Math.max(...Array.from({ length: 500 }, () => restMs(failures, random)));
      assert.ok(most <= ceiling && most > ceiling * 0.9, `${failures} failures: ${most}`);
    }
  });
});
