import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { SallyportError } from '../errors/index.ts';
import {
  type AdviceCode,
  advices,
  decodeConnection,
  encodeConnection,
  portSteps,
  type VerdictCode,
  verdicts,
} from './index.ts';

const seed = 20_261_124;
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const summary = fc
  .record({
    verdict: fc.constantFrom(...(Object.keys(verdicts) as VerdictCode[])),
    ports: fc.array(fc.constantFrom(...portSteps), { minLength: 5, maxLength: 5 }),
    advice: fc.uniqueArray(fc.constantFrom(...(Object.keys(advices) as AdviceCode[])), { maxLength: 3 }),
  })
  .map((said) => ({ ...said }));
const refused = (code: string): string => {
  try {
    decodeConnection(code);
  } catch (error) {
    if (error instanceof SallyportError) return error.code;
    throw error;
  }
  return 'read';
};

describe('the code of a connection test', () => {
  it('is eight characters, and says again what went in', () => {
    fc.assert(
      fc.property(summary, (said) => {
        const code = encodeConnection(said);
        assert.match(code, /^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$/);
        assert.deepEqual(decodeConnection(code), said);
      }),
      { seed },
    );
  });
  it('has room for the first five ports and three pieces of advice', () => {
    const six = Array.from({ length: 6 }, () => 'websocket' as const);
    const advice = ['dns-silent', 'clock-wrong', 'ipv6-nowhere', 'mtu-small'] as const;
    const read = decodeConnection(encodeConnection({ verdict: 'reachable', ports: six, advice }));
    assert.equal(read.ports.length, 5);
    assert.deepEqual(read.advice, advice.slice(0, 3));
    const one = encodeConnection({ verdict: 'reachable', ports: ['silent'], advice: [] });
    assert.deepEqual(decodeConnection(one).ports, [
      'silent',
      ...Array.from({ length: 4 }, () => 'not-tried'),
    ]);
  });
  it('is read in small letters, with O for 0 and I or L for 1, with or without dash and spaces', () => {
    fc.assert(
      fc.property(summary, (said) => {
        const code = encodeConnection(said);
        const heard = code.toLowerCase().replaceAll('0', 'o').replaceAll('1', 'l').replace('-', ' ');
        assert.deepEqual(decodeConnection(heard), said);
        assert.deepEqual(decodeConnection(code.replace('-', '').replaceAll('1', 'I')), said);
      }),
      { seed },
    );
  });
  it('is refused with any one character wrong', () => {
    fc.assert(
      fc.property(summary, fc.nat(7), fc.nat(31), (said, place, other) => {
        const plain = encodeConnection(said).replace('-', '');
        const wrong = plain.slice(0, place) + alphabet[other] + plain.slice(place + 1);
        assert.equal(refused(wrong), wrong === plain ? 'read' : 'connection-code-malformed');
      }),
      { seed, numRuns: 500 },
    );
  });
  it('is refused with any two characters that changed places', () => {
    fc.assert(
      fc.property(summary, fc.nat(7), fc.nat(7), (said, one, two) => {
        const characters = [...encodeConnection(said).replace('-', '')];
        const [a = '', b = ''] = [characters[one], characters[two]];
        characters[one] = b;
        characters[two] = a;
        assert.equal(refused(characters.join('')), a === b ? 'read' : 'connection-code-malformed');
      }),
      { seed, numRuns: 500 },
    );
  });
  it('is refused when it is too short, too long, or has a character that is in none', () => {
    for (const wrong of ['', '0000000', '000000000', '0000-000U', '0000-000é', '0'.repeat(10_000)]) {
      assert.equal(refused(wrong), 'connection-code-malformed', wrong.slice(0, 20));
    }
  });
  it('of a later version is said to be one', () => {
    assert.equal(refused('G000-0005'), 'connection-code-later', 'another version');
    assert.equal(refused('F000-000Y'), 'connection-code-later', 'a verdict that this version does not know');
  });
});

describe('the tables of verdicts and advice', () => {
  it('have numbers that fit the code, each once', () => {
    const numbers = (table: { [code: string]: { number: number } }): number[] =>
      Object.values(table).map(({ number }) => number);
    assert.equal(new Set(numbers(verdicts)).size, numbers(verdicts).length);
    assert.ok(numbers(verdicts).every((number) => number >= 0 && number <= 15));
    assert.equal(new Set(numbers(advices)).size, numbers(advices).length);
    assert.ok(numbers(advices).every((number) => number >= 1 && number <= 31));
    assert.equal(portSteps.length, 8);
  });
  it('have brief sentences that need no details', () => {
    for (const { brief } of [...Object.values(verdicts), ...Object.values(advices)]) {
      assert.doesNotMatch(brief, /\{/);
    }
  });
});
