import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { PortNumber } from '@sallyport/protocol/grant';
import { failureOf, type GrantState, triesLeft } from './grant.ts';
import { type GrantEvent, step } from './machine.ts';
import { aGrant, aMoment, aPort, erin, hour, openState, otto } from './testing.ts';

const states: { readonly [at in GrantState['at']]: GrantState } = {
  disabled: { at: 'disabled' },
  waiting: { at: 'waiting', grant: aGrant },
  open: openState(),
  ended: { at: 'ended', grant: aGrant.id, reason: 'disabled' },
};
const span = { ...aGrant.span, leftMs: hour };
const events: { readonly [name: string]: GrantEvent } = {
  enable: { type: 'enable', grant: aGrant, by: 'alice' },
  opened: { type: 'opened', port: (aPort + 1) as PortNumber },
  started: { type: 'started', who: erin },
  failed: { type: 'failed', who: erin },
  paired: { type: 'paired', who: erin, certificateSha256: 'a'.repeat(64), at: 1 },
  password: { type: 'password', by: 'alice' },
  cut: { type: 'cut', who: erin, as: 'person', by: 'alice' },
  extend: { type: 'extend', leftMs: hour, by: 'alice' },
  widen: {
    type: 'widen',
    who: erin,
    session: 's',
    scopes: ['tcp:127.0.0.1:22'],
    leftMs: 3 * hour,
    by: 'alice',
  },
  disable: { type: 'disable', by: 'alice' },
  elapsed: { type: 'elapsed', span },
  restarted: { type: 'restarted', span },
  'ran-out': { type: 'elapsed', span: { ...span, leftMs: 0 } },
};

/** The arrows of the module comment: `states --event--> outcome`. */
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

function outcome(state: GrantState, event: GrantEvent): string {
  const result = step(state, event);
  if (result.refused) return 'refused';
  if (result.state.at !== state.at) return result.state.at;
  return result.state === state && result.effects.length === 0 ? 'ignored' : 'same';
}

const apply = (state: GrantState, ...list: GrantEvent[]): GrantState => {
  let now = state;
  for (const event of list) {
    const result = step(now, event);
    assert.equal(result.refused, undefined, `${event.type} was refused`);
    now = result.state;
  }
  return now;
};
const grantOf = (state: GrantState) => {
  assert.ok(state.at === 'open' || state.at === 'waiting');
  return state.grant;
};
const failedRun = (who = erin): GrantEvent[] => [
  { type: 'started', who },
  { type: 'failed', who },
];

describe('the grant', () => {
  it('does with every pair of state and event what its drawing says, and the drawing has them all', () => {
    const arrows = readArrows();
    const pairs = Object.keys(states).flatMap((at) => Object.keys(events).map((name) => `${at} ${name}`));
    assert.deepEqual([...arrows.keys()].sort(), pairs.sort());
    for (const [at, state] of Object.entries(states)) {
      for (const [name, event] of Object.entries(events)) {
        assert.equal(outcome(state, event), arrows.get(`${at} ${name}`), `${at} --${name}-->`);
      }
    }
  });

  it('ends sessions before it tells the relay', () => {
    const done = step(states.open, { type: 'disable', by: 'alice' }).effects.map((effect) => effect.do);
    assert.deepEqual(done, ['end-sessions', 'close-tunnel', 'forget-otp', 'record']);
  });

  it('keeps its port number when the relay says the same one again', () => {
    assert.deepEqual(step(states.open, { type: 'opened', port: aPort }).effects, []);
  });

  it('records why its port number had to change', () => {
    const [effect] = step(states.open, { type: 'opened', port: 40_999 as PortNumber, why: 'taken' }).effects;
    assert.deepEqual(effect, {
      do: 'record',
      event: 'grant-port-changed-1',
      fields: { grant: aGrant.id, from: aPort, to: 40_999, why: 'taken' },
    });
  });

  it('is never longer than 24 hours from Enable, whatever it is extended by', () => {
    const late = openState({ span: { ...aGrant.span, leftMs: hour, capMs: 2 * hour } });
    assert.equal(
      grantOf(apply(late, { type: 'extend', leftMs: 20 * hour, by: 'alice' })).span.leftMs,
      2 * hour,
    );
  });
});

describe('failures of pairing', () => {
  it('count from the start of a run, before its outcome is known', () => {
    const grant = grantOf(apply(states.open, { type: 'started', who: erin }));
    assert.equal(grant.password.failures, 1);
    assert.equal(failureOf(grant, erin.key)?.count, 1);
    assert.equal(triesLeft(grant, erin.key), 2);
  });

  it('are taken back by the run that proves the OTP, which is spent then', () => {
    const grant = grantOf(apply(states.open, { type: 'started', who: erin }, events['paired'] as GrantEvent));
    assert.deepEqual(grant.password, { at: 'spent', failures: 0 });
    assert.deepEqual(grant.failures, []);
    assert.equal(grant.pins[0]?.key, erin.key);
  });

  it('block a key after three, and leave the OTP to others', () => {
    const grant = grantOf(apply(states.open, ...failedRun(), ...failedRun(), ...failedRun()));
    assert.equal(failureOf(grant, erin.key)?.blocked, 'failures');
    assert.deepEqual(grant.password, { at: 'live', failures: 3 });
  });

  it('do not block a key whose third run is right', () => {
    const right: GrantEvent[] = [{ type: 'started', who: erin }, events['paired'] as GrantEvent];
    const grant = grantOf(apply(states.open, ...failedRun(), ...failedRun(), ...right));
    assert.equal(failureOf(grant, erin.key)?.blocked, undefined);
    assert.equal(grant.password.at, 'spent');
  });

  it('void the OTP after five in all, and its digits are forgotten', () => {
    const four = apply(states.open, ...failedRun(), ...failedRun(), ...failedRun(otto), ...failedRun(otto));
    const fifth = step(apply(four, { type: 'started', who: otto }), { type: 'failed', who: otto });
    assert.equal(grantOf(fifth.state).password.at, 'void');
    assert.ok(fifth.effects.some((effect) => effect.do === 'forget-otp'));
    assert.equal(step(fifth.state, { type: 'started', who: erin }).refused, 'otp-void');
  });

  it('begin anew with a new OTP, but a blocked key stays blocked', () => {
    const blocked = apply(states.open, ...failedRun(), ...failedRun(), ...failedRun());
    const grant = grantOf(apply(blocked, { type: 'password', by: 'alice' }));
    assert.deepEqual(grant.password, { at: 'live', failures: 0 });
    assert.equal(failureOf(grant, erin.key)?.blocked, 'failures');
  });

  it('of a run that a crash cut short stay counted', () => {
    const running = apply(states.open, ...failedRun(), ...failedRun(), { type: 'started', who: erin });
    const grant = grantOf(apply(running, { type: 'restarted', span }));
    assert.equal(failureOf(grant, erin.key)?.blocked, 'failures');
    assert.equal(grant.password.failures, 3);
  });
});

describe('a restart of the agent', () => {
  const made = (state: GrantState): boolean =>
    step(state, { type: 'restarted', span }).effects.some((effect) => effect.do === 'make-otp');

  it('replaces a live OTP and keeps its count', () => {
    const state = openState({ password: { at: 'live', failures: 4 } });
    assert.ok(made(state));
    const grant = grantOf(apply(state, { type: 'restarted', span }));
    assert.deepEqual(grant.password, { at: 'live', failures: 4 });
  });

  it('makes no OTP from one that is spent or void', () => {
    assert.ok(!made(openState({ password: { at: 'spent', failures: 0 } })));
    assert.ok(!made(openState({ password: { at: 'void', failures: 5 } })));
  });

  it('ends a grant that has nothing left', () => {
    const result = step(states.open, { type: 'restarted', span: { ...aMoment, leftMs: 0, capMs: 0 } });
    assert.equal(result.state.at, 'ended');
  });
});

describe('a cut-off', () => {
  it('removes the pin, blocks the key and ends its sessions, and touches nobody else', () => {
    const pins = [erin, otto].map((who) => ({ ...who, certificateSha256: 'a'.repeat(64), since: 1 }));
    const result = step(openState({ pins }), { type: 'cut', who: erin, as: 'person', by: 'alice' });
    const grant = grantOf(result.state);
    assert.deepEqual(
      grant.pins.map(({ key }) => key),
      [otto.key],
    );
    assert.equal(failureOf(grant, erin.key)?.blocked, 'cut-off');
    assert.deepEqual(result.effects[0], { do: 'end-sessions-of', key: erin.key });
  });
});
