import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { Pace } from './pace.ts';

describe('a pace', () => {
  it('starts so many in a turn and no more, in the order in which they came', async () => {
    const pace = new Pace(2);
    let started = '';
    const start = (names: string): void => {
      for (const name of names) pace.start(() => (started += name));
    };
    start('abcde');
    assert.equal(started, '');
    for (const after of ['ab', 'abcd', 'abcde']) {
      await turn();
      assert.equal(started, after);
    }
    start('f');
    await turn();
    assert.equal(started, 'abcdef');
  });
});
