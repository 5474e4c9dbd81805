import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type ConnectionTest, withNewest } from './withNewest.ts';

const test = (id: string, ms = 0) => ({ id, ms }) as ConnectionTest;

describe('a connection test that goes on', () => {
  it('takes the place of what was known of it', () => {
    assert.deepEqual(withNewest({ newest: test('b', 1), history: [test('a')] }, test('b', 2)), {
      newest: test('b', 2),
      history: [test('a')],
    });
  });

  it('moves the one before it into the history, once', () => {
    assert.deepEqual(withNewest({ newest: test('a'), history: [] }, test('b')), {
      newest: test('b'),
      history: [test('a')],
    });
    assert.deepEqual(withNewest({ newest: test('a'), history: [test('a')] }, test('b'))?.history, [
      test('a'),
    ]);
  });

  it('is asked for as a whole while nothing is known', () => {
    assert.equal(withNewest(undefined, test('a')), undefined);
  });
});
