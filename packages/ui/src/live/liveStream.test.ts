import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { followLive, type LiveState, type Source, silenceMs, stepLive } from './liveStream.ts';

/** A stream whose other side is this test, and a clock that is moved by hand. */
function stage() {
  let now = 0;
  let due: { at: number; run: () => void } | undefined;
  const sources: { say: (name: string, data?: string) => void; closed: boolean }[] = [];
  const states: LiveState[] = [];
  const heard: unknown[] = [];
  const live = followLive({
    open: () => {
      const hearers = new Map<string, (event: { data?: unknown }) => void>();
      const one = {
        closed: false,
        say: (name: string, data?: string) => hearers.get(name)?.({ data }),
      };
      sources.push(one);
      const source: Source = {
        addEventListener: (name, hear) => void hearers.set(name, hear),
        close: () => {
          one.closed = true;
        },
      };
      return source;
    },
    events: { status: (data) => heard.push(data), alive: () => {} },
    changed: (state) => states.push(state),
    clock: {
      now: () => now,
      after: (ms, run) => {
        const mine = { at: now + ms, run };
        due = mine;
        return () => {
          if (due === mine) due = undefined;
        };
      },
    },
  });
  const pass = (ms: number): void => {
    now += ms;
    while (due && due.at <= now) {
      const { run } = due;
      due = undefined;
      run();
    }
  };
  const last = () => {
    const one = sources.at(-1);
    assert.ok(one);
    return one;
  };
  return { live, sources, states, heard, pass, last };
}

describe('a live stream', () => {
  it('hands on what it hears, and says that it is live', () => {
    const { last, heard, states } = stage();
    last().say('status', '{"a":1}');
    last().say('status', '{"a":2}');
    assert.deepEqual(heard, [{ a: 1 }, { a: 2 }]);
    assert.deepEqual(states, [{ at: 'live' }]);
  });

  it('says since when it is cut, and comes back by itself', () => {
    const { last, sources, states, pass } = stage();
    last().say('alive', '{}');
    pass(1_000);
    last().say('error');
    assert.equal(sources[0]?.closed, true);
    pass(500);
    assert.equal(sources.length, 2);
    last().say('status', '{}');
    assert.deepEqual(states, [{ at: 'live' }, { at: 'cut', since: 1_000 }, { at: 'live' }]);
  });

  it('is given up after silence, and not before', () => {
    const { last, states, pass, sources } = stage();
    last().say('alive', '{}');
    pass(silenceMs - 1);
    last().say('alive', '{}');
    pass(silenceMs - 1);
    assert.equal(states.length, 1);
    pass(1);
    assert.equal(states.at(-1)?.at, 'cut');
    assert.equal(sources[0]?.closed, true);
  });

  it('takes longer and longer pauses, 8 s at most, and none when it is told to', () => {
    const { last, sources, pass, live } = stage();
    for (const pause of [500, 1_000, 2_000, 4_000, 8_000, 8_000]) {
      const before = sources.length;
      last().say('error');
      pass(pause - 1);
      assert.equal(sources.length, before);
      pass(1);
      assert.equal(sources.length, before + 1);
    }
    last().say('error');
    live.retryNow();
    live.retryNow();
    assert.equal(sources.length, 8);
  });

  it('takes an event that it cannot read for the end', () => {
    const { last, states } = stage();
    last().say('status', '{');
    assert.deepEqual(states, [{ at: 'cut', since: 0 }]);
  });

  it('hears nothing of a source that it has given up, nor after it is closed', () => {
    const { sources, last, heard, pass, live } = stage();
    last().say('error');
    sources[0]?.say('status', '{}');
    pass(500);
    live.close();
    last().say('status', '{}');
    pass(60_000);
    assert.deepEqual([heard.length, sources.length], [0, 2]);
  });

  it('moves as its arrows say, and in no other way', () => {
    const text = readFileSync(join(import.meta.dirname, 'liveStream.ts'), 'utf8');
    const arrows = [...text.matchAll(/^ \* {3}(\w+) +--(\w+)--> +(\w+)$/gm)].map((m) =>
      m.slice(1, 4).join(' '),
    );
    const real: string[] = [];
    for (const state of [{ at: 'connecting' }, { at: 'live' }, { at: 'cut', since: 1 }] as const) {
      for (const move of [{ type: 'event' }, { type: 'lost', now: 2 }] as const) {
        real.push(`${state.at} ${move.type} ${stepLive(state, move).at}`);
      }
    }
    assert.deepEqual(arrows.sort(), real.sort());
  });
});
