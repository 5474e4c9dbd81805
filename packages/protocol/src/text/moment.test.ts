import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatMoment } from './moment.ts';

describe('a moment', () => {
  it('is told to the minute, in UTC, from either form', () => {
    const when = Date.UTC(2027, 0, 31, 8, 5, 59, 999);
    assert.equal(formatMoment(when), '2027-01-31 08:05 UTC');
    assert.equal(formatMoment(new Date(when).toISOString()), '2027-01-31 08:05 UTC');
  });
});
