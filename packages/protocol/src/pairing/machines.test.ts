import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fail } from '../errors/index.ts';
import { seededRandom } from '../testing/index.ts';
import { startCpace } from './cpace.ts';
import { beginOnDevice, type DeviceEvent, type DeviceState, stepOnDevice } from './device.ts';
import { associatedData, cpaceInputs } from './inputs.ts';
import {
  beginAsRepresentative,
  type RepresentativeEvent,
  type RepresentativeState,
  stepAsRepresentative,
} from './representative.ts';
import { bindingOf, deviceParty, representativeParty, rightOtp } from './testParties.ts';

/** The arrows of a module's comment: `from` and event to `to`. */
function arrowsOf(file: string): Map<string, string> {
  const text = readFileSync(new URL(file, import.meta.url), 'utf8');
  const arrows = new Map<string, string>();
  for (const [, from, event, to] of text.matchAll(/^ \* {3}(\w+)\s+--([a-z ]+)-->\s+(\w+)/gm)) {
    assert.ok(from && event && to);
    assert.ok(!arrows.has(`${from} --${event}`), `two arrows for ${from} --${event}`);
    arrows.set(`${from} --${event}`, to);
  }
  return arrows;
}

type Result<S> = { state: S; effects: readonly { do: string }[] };

/** Holds the arrows against the machine: every state with every event, and no arrow beside that. */
function compare<S extends { at: string }, V>(
  file: string,
  states: readonly S[],
  events: { [label: string]: V },
  step: (state: S, event: V) => Result<S>,
): void {
  const arrows = arrowsOf(file);
  const used = new Set<string>();
  for (const state of states) {
    for (const [label, event] of Object.entries(events)) {
      // Where right and wrong make no difference, one arrow stands for both.
      const name = [label, label.replace(/^bad /, ''), label.replace(/^bad \w+$/, 'proof')]
        .map((text) => `${state.at} --${text}`)
        .find((text) => arrows.has(text));
      const after = step(state, event);
      if (name === undefined) {
        assert.deepEqual(after, { state, effects: [] }, `${state.at} --${label}: not in the comment`);
      } else {
        used.add(name);
        assert.equal(after.state.at, arrows.get(name), name);
      }
    }
  }
  assert.deepEqual(
    [...arrows.keys()].filter((name) => !used.has(name)),
    [],
    'arrows that the machine does not know',
  );
}

const inputs = cpaceInputs(bindingOf(rightOtp));
const ofDevice = associatedData('device', deviceParty);
const ofRepresentative = associatedData('representative', representativeParty);
const onDevice = startCpace('b', inputs, ofDevice, seededRandom(1));
const atRepresentative = startCpace('a', inputs, ofRepresentative, seededRandom(2));
const neutral = new Uint8Array(32);
const wrongTag = new Uint8Array(64);
const broken = { on: 'broken', error: fail('connection-lost') } as const;

const counting = stepOnDevice(beginOnDevice(onDevice, ofRepresentative).state, {
  on: 'share',
  share: atRepresentative.share,
}).state;
const confirming = stepOnDevice(counting, { on: 'counted', left: 2 });
const proof = confirming.effects[0];
assert.ok(proof?.do === 'send-proof');
const storing = stepAsRepresentative(beginAsRepresentative(atRepresentative, ofDevice).state, {
  on: 'proof',
  share: proof.share,
  tag: proof.tag,
}).state;
assert.ok(storing.at === 'storing');

describe('the machine on the device', () => {
  const states: DeviceState[] = [
    beginOnDevice(onDevice, ofRepresentative).state,
    counting,
    confirming.state,
    { at: 'storing' },
    { at: 'paired' },
    { at: 'failed', error: fail('otp-wrong') },
  ];
  const events: { [label: string]: DeviceEvent } = {
    share: { on: 'share', share: atRepresentative.share },
    'bad share': { on: 'share', share: neutral },
    counted: { on: 'counted', left: 2 },
    confirm: { on: 'confirm', tag: storing.tag },
    'bad confirm': { on: 'confirm', tag: wrongTag },
    mismatch: { on: 'mismatch' },
    stored: { on: 'stored' },
    timeout: { on: 'timeout' },
    broken,
  };

  it('is the one that its comment draws', () => {
    assert.deepEqual(
      states.map(({ at }) => at),
      ['waiting', 'counting', 'confirming', 'storing', 'paired', 'failed'],
    );
    compare('./device.ts', states, events, stepOnDevice);
  });

  it('counts the failure before it makes the proof known', () => {
    const { effects } = stepOnDevice(states[0] ?? assert.fail(), events['share'] ?? assert.fail());
    assert.deepEqual(
      effects.map((effect) => effect.do),
      ['start-timer', 'count'],
    );
    assert.deepEqual(
      confirming.effects.map((effect) => effect.do),
      ['send-proof'],
    );
  });

  it('says ok only when the pin is stored', () => {
    for (const state of states) {
      for (const event of Object.values(events)) {
        const saysOk = stepOnDevice(state, event).effects.some((effect) => effect.do === 'send-ok');
        assert.equal(saysOk, state.at === 'storing' && event.on === 'stored');
      }
    }
  });

  it('tells the representative of every failure', () => {
    for (const state of states) {
      for (const event of Object.values(events)) {
        const { state: after, effects } = stepOnDevice(state, event);
        if (after.at !== 'failed' || state.at === 'failed') continue;
        assert.deepEqual(effects, [{ do: 'send-refused', error: after.error }]);
      }
    }
  });
});

describe('the machine at the representative', () => {
  const states: RepresentativeState[] = [
    beginAsRepresentative(atRepresentative, ofDevice).state,
    storing,
    { at: 'doubting' },
    { at: 'confirming' },
    { at: 'paired' },
    { at: 'failed', error: fail('pairing-failed') },
  ];
  const events: { [label: string]: RepresentativeEvent } = {
    proof: { on: 'proof', share: proof.share, tag: proof.tag },
    'bad proof': { on: 'proof', share: proof.share, tag: wrongTag },
    'bad share': { on: 'proof', share: neutral, tag: proof.tag },
    stored: { on: 'stored' },
    ok: { on: 'ok' },
    refused: { on: 'refused', error: fail('otp-void') },
    broken,
  };

  it('is the one that its comment draws', () => {
    assert.deepEqual(
      states.map(({ at }) => at),
      ['proving', 'storing', 'doubting', 'confirming', 'paired', 'failed'],
    );
    compare('./representative.ts', states, events, stepAsRepresentative);
  });

  it('stores a pin for nothing but a right proof, and sends its tag for nothing but a stored pin', () => {
    for (const state of states) {
      for (const [label, event] of Object.entries(events)) {
        const done = stepAsRepresentative(state, event).effects.map((effect) => effect.do);
        assert.equal(done.includes('store'), state.at === 'proving' && label === 'proof');
        assert.equal(done.includes('send-confirm'), state.at === 'storing' && label === 'stored');
      }
    }
  });

  it('is never paired because a device says so before it proved the OTP', () => {
    for (const state of states) {
      const after = stepAsRepresentative(state, { on: 'ok' }).state.at;
      assert.equal(after === 'paired', state.at === 'confirming' || state.at === 'paired');
    }
  });

  it('believes a device that failed only how many tries are left', () => {
    const wrong = fail('otp-wrong', { details: { left: 2 } });
    const told = stepAsRepresentative({ at: 'doubting' }, { on: 'refused', error: wrong }).state;
    assert.deepEqual(told, { at: 'failed', error: wrong });
    const other = stepAsRepresentative(
      { at: 'doubting' },
      { on: 'refused', error: fail('relay-draining') },
    ).state;
    assert.equal(other.at === 'failed' && other.error.code, 'pairing-failed');
  });
});
