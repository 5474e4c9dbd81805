import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Status } from '../api/client.ts';
import { keptOut } from './keptOut.ts';

const failure = (
  key: string,
  count: number,
  blocked?: 'failures' | 'cut-off',
): Status['failures'][number] => ({
  representative: `${key}@maker.example`,
  key,
  keyWords: 'six words',
  count,
  ...(blocked ? { blocked } : {}),
});
const refusal = (key: string, code: string, blocked = false): Status['refusals'][number] => ({
  representative: `${key}@maker.example`,
  key,
  keyWords: 'six words',
  code,
  text: code,
  when: '2026-11-24T12:00:00.000Z',
  count: 2,
  blocked,
});

describe('who was not let in', () => {
  it('is one entry for each key, with what the device counted and why it was refused besides', () => {
    const [only, ...rest] = keptOut({
      failures: [failure('a', 3, 'failures')],
      refusals: [refusal('a', 'otp-wrong', true), refusal('a', 'key-blocked', true)],
    });
    assert.deepEqual(rest, []);
    assert.equal(only?.wrongPasswords, 3);
    assert.equal(only?.blocked, 'by-failures');
    assert.deepEqual(
      only?.reasons.map(({ code }) => code),
      ['key-blocked'],
    );
  });

  it('counts a wrong password once, whichever list has it', () => {
    assert.equal(keptOut({ failures: [], refusals: [refusal('a', 'otp-wrong')] })[0]?.wrongPasswords, 2);
  });

  it('has those first whom somebody may want to block', () => {
    const found = keptOut({
      failures: [failure('a', 1, 'cut-off')],
      refusals: [refusal('b', 'approval-refused')],
    });
    assert.deepEqual(
      found.map(({ key, blocked }) => `${key} ${blocked}`),
      ['b no', 'a by-a-person'],
    );
  });
});
