import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatsOf } from './formats.ts';

const en = formatsOf('en');
const de = formatsOf('de');
const plain = (text: string): string => text.replace(/[\u00a0\u202f]/g, ' ');

describe('a span of time', () => {
  it('is told in the two largest units that matter', () => {
    for (const [ms, english, german] of [
      [0, '0 sec', '0 Sek.'],
      [41_001, '42 sec', '42 Sek.'],
      [9 * 60_000 + 59_000, '9 min', '9 Min.'],
      [3_600_000, '1 hr', '1 Std.'],
      [4 * 3_600_000 - 60_000, '3 hr 59 min', '3 Std. 59 Min.'],
    ] as const) {
      assert.equal(plain(en.span(ms)), english);
      assert.equal(plain(de.span(ms)), german);
    }
  });

  it('is counted down in minutes and seconds, and never below zero', () => {
    assert.equal(en.countdown(599_001), '10:00');
    assert.equal(en.countdown(61_000), '1:01');
    assert.equal(en.countdown(-5), '0:00');
  });

  it('is read out in whole words', () => {
    assert.equal(plain(en.spokenSpan(2 * 3_600_000)), '2 hours');
    assert.equal(plain(de.spokenSpan(60_000)), '1 Minute');
  });
});

describe('an amount of data', () => {
  it('is told in the unit that fits', () => {
    assert.equal(plain(en.bytes(0)), '0 byte');
    assert.equal(plain(en.bytes(999)), '999 byte');
    assert.equal(plain(en.bytes(1_000)), '1 kB');
    assert.equal(plain(de.bytes(1_234_567)), '1,2 MB');
    assert.equal(plain(en.bytes(5e15)), '5,000 TB');
  });
});

describe('a moment', () => {
  it('has its day only when that is not today', () => {
    const now = new Date(2026, 10, 24, 10, 31).getTime();
    assert.equal(de.clock(now, now), '10:31');
    assert.match(de.clock(now, now + 86_400_000), /24\.11\.2026/);
  });
});
