import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fakeClock } from '@sallyport/protocol/testing';
import { formatBytes, makeProgress, progressLine } from './progress.ts';

const state = {
  name: 'syslog',
  files: 1,
  bytes: 0,
  skipped: 0,
  totalBytes: 1_048_576,
  seconds: 1,
  columns: 100,
};

describe('the progress of a copy', () => {
  it('tells share, bytes, speed and time left of a file', () => {
    const line = progressLine({ ...state, bytes: 524_288, seconds: 2 });
    assert.equal(line, 'syslog  [##########----------]   50%  512.0 KiB  256.0 KiB/s  0:02 left');
  });
  it('leaves what was there before out of the speed', () => {
    assert.match(progressLine({ ...state, bytes: 524_288, skipped: 524_288 }), /0 B\/s$/);
  });
  it('is never wider than the terminal, whatever the name', () => {
    for (const columns of [1, 10, 20, 40, 60, 80, 200]) {
      const line = progressLine({ ...state, name: 'x'.repeat(500), bytes: 1_000_000, columns });
      assert.ok(line.length < columns, `${columns}: ${line.length}`);
    }
  });
  it('shows a hostile name as text', () => {
    assert.doesNotMatch(progressLine({ ...state, name: '\x1b[2J\n' }), /[\x1b\n]/);
  });
  it('is drawn ten times a second at most, and on a terminal only', async () => {
    for (const isTTY of [true, false]) {
      const clock = fakeClock();
      const drawn: string[] = [];
      const progress = makeProgress({ isTTY, columns: 80, write: (text) => drawn.push(text) }, clock, 1_000);
      for (let n = 0; n < 1_000; n += 1) {
        progress.bytes(1, false);
        await clock.advance(1);
      }
      assert.equal(drawn.length, isTTY ? 10 : 0);
    }
  });
  it('writes sizes in units of 1024', () => {
    assert.deepEqual([0, 999, 1_000, 1_048_576, 5 * 1024 ** 3].map(formatBytes), [
      '0 B',
      '999 B',
      '1.0 KiB',
      '1.0 MiB',
      '5.0 GiB',
    ]);
  });
});
