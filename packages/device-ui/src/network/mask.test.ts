import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { maskOf, prefixOf } from './mask.ts';

describe('a mask', () => {
  it('is read as people write it, and written as routers show it', () => {
    for (let prefix = 1; prefix <= 30; prefix += 1) {
      assert.equal(prefixOf(maskOf(prefix)), prefix);
      assert.equal(prefixOf(String(prefix)), prefix);
      assert.equal(prefixOf(` /${prefix} `), prefix);
    }
    assert.equal(maskOf(22), '255.255.252.0');
  });
  it('is none where it is something else', () => {
    for (const text of [
      '',
      '0',
      '31',
      '32',
      '255.0.255.0',
      '255.255.255.255',
      '256.0.0.0',
      '255.255.255',
      'x',
    ]) {
      assert.equal(prefixOf(text), undefined, text);
    }
  });
});
