import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { seededRandom } from '../testing/index.ts';
import {
  formatDuration,
  grantIdSchema,
  highestPortNumber,
  longestGrantMs,
  lowestPortNumber,
  makeGrantId,
  makeStreamId,
  makeTicket,
  parseDuration,
  parsePortNumber,
  portNumberSchema,
  streamIdSchema,
  ticketSchema,
} from './index.ts';

describe('a port number', () => {
  it('is read as people type it', () => {
    assert.equal(parsePortNumber('40123'), 40_123);
    assert.equal(parsePortNumber(' 49999\n'), highestPortNumber);
    assert.equal(parsePortNumber('40000'), lowestPortNumber);
  });

  it('is none outside 40000 to 49999 or in another spelling', () => {
    for (const text of [
      '',
      '39999',
      '50000',
      '4012',
      '401234',
      '4 0123',
      '0x9c40',
      '40123.0',
      '４０１２３',
    ]) {
      assert.equal(parsePortNumber(text), undefined, text);
    }
    for (const value of [39_999, 50_000, 40_123.5, '40123', Number.NaN, null]) {
      assert.equal(portNumberSchema.safeParse(value).success, false);
    }
    assert.equal(portNumberSchema.parse(40_000), 40_000);
    assert.equal(portNumberSchema.parse(49_999), 49_999);
  });
});

describe('the ids of a grant, a ticket and a stream', () => {
  it('are 128 random bits in lower-case hex', () => {
    const bytes = Uint8Array.from({ length: 16 }, (_, index) => index);
    for (const make of [makeGrantId, makeTicket, makeStreamId]) {
      assert.equal(
        make((length) => bytes.subarray(0, length)),
        '000102030405060708090a0b0c0d0e0f',
      );
    }
    const random = seededRandom(1);
    assert.notEqual(makeTicket(random), makeTicket(random));
  });

  it('are refused in any other form', () => {
    for (const schema of [grantIdSchema, ticketSchema, streamIdSchema]) {
      assert.equal(schema.safeParse('0'.repeat(32)).success, true);
      for (const text of [
        '',
        '0'.repeat(31),
        '0'.repeat(33),
        'A'.repeat(32),
        `${'0'.repeat(32)}\n`,
        '0x'.repeat(16),
        7,
      ]) {
        assert.equal(schema.safeParse(text).success, false);
      }
    }
  });
});

describe('a duration', () => {
  it('is a whole number of seconds, minutes or hours', () => {
    assert.equal(parseDuration('90s'), 90_000);
    assert.equal(parseDuration('30m'), 1_800_000);
    assert.equal(parseDuration(' 24h '), longestGrantMs);
    assert.equal(parseDuration('0s'), 0);
  });

  it('is none in any other spelling', () => {
    for (const text of ['', '90', 's', '1.5h', '-1h', '1h30m', '1d', '1H', '1 h', '1e3s', '1234567s']) {
      assert.equal(parseDuration(text), undefined, text);
    }
  });

  it('is written in the largest unit that is exact', () => {
    assert.equal(formatDuration(90_000), '90s');
    assert.equal(formatDuration(120_000), '2m');
    assert.equal(formatDuration(4 * 3_600_000), '4h');
    assert.equal(formatDuration(0), '0s');
    assert.equal(formatDuration(59_600), '1m');
  });

  it('means the same after it was written and read', () => {
    const property = fc.property(fc.integer({ min: 0, max: 100_000 }), (seconds) => {
      assert.equal(parseDuration(formatDuration(seconds * 1_000)), seconds * 1_000);
    });
    fc.assert(property, { seed: 20_270_110, numRuns: 500 });
  });
});
