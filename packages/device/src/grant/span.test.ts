import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { beginSpan, extend, runOn, takeUp } from './span.ts';
import { aMoment, hour } from './testing.ts';

const minute = 60_000;
const stored = { ...aMoment, leftMs: hour, capMs: 20 * hour };
const later = (ms: number, change = {}) => ({
  ...aMoment,
  bootMs: aMoment.bootMs + ms,
  wallMs: aMoment.wallMs + ms,
  ...change,
});
const rebooted = (wallMs: number) => ({ bootId: 'boot-b', bootMs: 20_000, wallMs });

describe('the time that a grant has left', () => {
  it('goes by the time since boot, whatever the wall clock says', () => {
    assert.equal(runOn(stored, later(minute, { wallMs: 0 })).leftMs, hour - minute);
    assert.equal(runOn(stored, later(minute, { wallMs: aMoment.wallMs + 100 * hour })).leftMs, hour - minute);
  });

  it('is never negative, and never more after than before', () => {
    assert.equal(runOn(stored, later(2 * hour)).leftMs, 0);
    assert.equal(runOn(stored, later(-minute)).leftMs, hour);
  });

  it('is at most 24 hours', () => {
    assert.equal(beginSpan(aMoment, 30 * hour).leftMs, 24 * hour);
  });

  it('can be set anew within what is left of the 24 hours, longer or shorter', () => {
    assert.equal(extend(stored, 30 * hour).leftMs, 20 * hour);
    assert.equal(extend(stored, minute).leftMs, minute);
    assert.equal(runOn(extend(stored, 30 * hour), later(hour)).capMs, 19 * hour);
  });

  it('goes by the time since boot after a restart of the agent alone', () => {
    assert.equal(takeUp(stored, later(minute, { wallMs: 0 })).leftMs, hour - minute);
  });

  it('goes by the wall clock after a reboot', () => {
    assert.equal(takeUp(stored, rebooted(aMoment.wallMs + 10 * minute)).leftMs, hour - 10 * minute);
  });

  it('does not grow by a reboot', () => {
    assert.equal(takeUp(stored, rebooted(aMoment.wallMs)).leftMs, hour);
  });

  it('is nothing after a reboot with a wall clock that went backwards', () => {
    assert.equal(takeUp(stored, rebooted(aMoment.wallMs - 1)).leftMs, 0);
    assert.equal(takeUp(stored, rebooted(0)).capMs, 0);
  });

  it('is taken for that of a reboot when time since boot went backwards', () => {
    assert.equal(
      takeUp(stored, { ...rebooted(aMoment.wallMs + minute), bootId: 'boot-a' }).leftMs,
      hour - minute,
    );
  });
});
