import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { cells, keyPictureOf } from './keyPicture.ts';

const keyOf = (seed: number): string => createHash('sha256').update(String(seed)).digest('hex');

describe('the picture of a key', () => {
  it('is the same for the same key, and the same on both sides', () => {
    const { filled } = keyPictureOf(keyOf(1));
    assert.deepEqual(keyPictureOf(keyOf(1)).filled, filled);
    for (const [column, row] of filled) {
      assert.ok(filled.some(([c, r]) => r === row && c === cells - 1 - column));
    }
  });

  it('differs for a thousand keys', () => {
    const seen = new Set(
      Array.from({ length: 1_000 }, (_, seed) => JSON.stringify(keyPictureOf(keyOf(seed)))),
    );
    assert.ok(seen.size > 990, `${seen.size}`);
  });

  it('is empty for what is no key', () => assert.deepEqual(keyPictureOf('').filled, []));
});
