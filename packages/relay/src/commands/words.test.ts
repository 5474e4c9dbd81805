import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { endOfTime } from './words.ts';

const now = Date.UTC(2027, 0, 1);

describe('until when a representative may come', () => {
  it('is the end of a day, a moment with or without its seconds, or never', () => {
    for (const [text, end] of [
      ['2027-03-31', Date.UTC(2027, 3, 1)],
      ['2027-03-31T18:00Z', Date.UTC(2027, 2, 31, 18)],
      ['2027-03-31T18:00:30Z', Date.UTC(2027, 2, 31, 18, 0, 30)],
      ['2027-03-31T18:00+02:00', Date.UTC(2027, 2, 31, 16)],
      ['never', null],
    ] as const) {
      assert.equal(endOfTime(text, now), end, text);
    }
  });

  it('is refused without a zone, for a day that there is not, and in the past', () => {
    for (const text of [
      '2027-03-31T18:00',
      '2027-02-30',
      '2027-02-30T18:00Z',
      'tomorrow',
      '',
      '2026-12-31',
    ]) {
      assert.throws(() => endOfTime(text, now), { code: 'argument-invalid' }, text);
    }
  });
});
