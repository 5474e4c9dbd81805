import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { leftNow, passedMark } from './countdown.ts';

describe('the time left', () => {
  it('goes down with the clock of the page', () => {
    assert.equal(leftNow({ leftMs: 60_000, at: 1_000 }, 11_000), 50_000);
  });

  it('is never less than nothing', () => {
    assert.equal(leftNow({ leftMs: 60_000, at: 0 }, 1e9), 0);
  });

  it('is read out as ten minutes and one minute are passed, and not each second', () => {
    assert.equal(passedMark(600_500, 599_500), 600_000);
    assert.equal(passedMark(599_500, 598_500), undefined);
    assert.equal(passedMark(60_001, 60_000), 60_000);
    assert.equal(passedMark(60_000, 59_000), undefined);
  });

  it('is read out once after a sleep over both marks, and not at all after one over the end', () => {
    assert.equal(passedMark(700_000, 30_000), 60_000);
    assert.equal(passedMark(700_000, 0), undefined);
  });
});
