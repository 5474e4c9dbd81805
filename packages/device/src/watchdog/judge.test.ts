import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { begin, hasHung, hear, isOverdue, look, type Now, silenceMs } from './judge.ts';
import { leftLine, offLine, readAgentLine } from './words.ts';

const at = (monotonicMs: number, bootMs = monotonicMs): Now => ({ monotonicMs, bootMs });
const left = (leftMs: number) => ({ is: 'left', leftMs }) as const;

describe('the judgement of the watchdog', () => {
  it('takes an agent for hung after a second of silence, not before', () => {
    const known = hear(begin(at(0)), left(60_000), at(500));
    assert.equal(hasHung(known, at(500 + silenceMs - 1)), false);
    assert.equal(hasHung(known, at(500 + silenceMs)), true);
  });
  it('takes no sleep of the machine for silence', () => {
    const known = hear(begin(at(0)), left(60_000), at(500));
    assert.equal(hasHung(known, { monotonicMs: 600, bootMs: 30_000 }), false);
  });
  it('finds a grant overdue when the agent has not ended it in time', () => {
    const known = look(hear(begin(at(0)), left(1_000), at(0)), at(1_000));
    assert.equal(isOverdue(known, at(1_600)), false);
    assert.equal(isOverdue(known, at(1_700)), true);
  });
  it('gives the agent its time after the machine slept beyond the end', () => {
    const awake = look(hear(begin(at(0)), left(1_000), at(0)), { monotonicMs: 100, bootMs: 500_000 });
    assert.equal(isOverdue(awake, { monotonicMs: 100, bootMs: 500_000 }), false);
    assert.equal(isOverdue(awake, { monotonicMs: 900, bootMs: 500_800 }), true);
  });
  it('keeps to the newest end: an extension is no delay', () => {
    const late = look(hear(begin(at(0)), left(1_000), at(0)), at(1_100));
    assert.equal(isOverdue(hear(late, left(60_000), at(1_200)), at(3_000)), false);
  });
  it('is not put off by an agent that lives, and says that nothing is left', () => {
    let known = begin(at(0));
    for (let ms = 0; ms <= 1_000; ms += 250) known = hear(known, left(0), at(ms));
    assert.equal(isOverdue(known, at(1_000)), true);
  });
});

describe('a line from the agent', () => {
  it('is read back as it was written, and nothing else is a line', () => {
    assert.deepEqual(readAgentLine(leftLine(1_234.4).trim()), left(1_234));
    assert.deepEqual(readAgentLine(leftLine(-5).trim()), left(0));
    assert.deepEqual(readAgentLine(offLine.trim()), { is: 'off' });
    for (const other of ['', 'left', 'left x', 'left -1', 'left 1e9', 'left 1234567890123', 'on'])
      assert.equal(readAgentLine(other), undefined, other);
  });
});
