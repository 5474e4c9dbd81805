import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Values, wishOf } from './wish.ts';

const typed: Values = {
  method: 'hand',
  address: ' 192.168.100.100 ',
  mask: '255.255.255.0',
  gateway: '',
  dns: '192.168.100.1, 192.168.100.2',
};

describe('what is wished for a network port', () => {
  it('is what was typed', () => {
    assert.deepEqual(wishOf(typed), {
      method: 'hand',
      address: '192.168.100.100',
      prefix: 24,
      gateway: null,
      dns: ['192.168.100.1', '192.168.100.2'],
    });
  });

  it('is nothing where an address has a digit too many: without it, it would be another address', () => {
    const long = '192.168.100.1000';
    for (const wrong of [{ address: long }, { gateway: long }, { dns: `192.168.100.1 ${long}` }]) {
      assert.equal(wishOf({ ...typed, ...wrong }), undefined, JSON.stringify(wrong));
    }
  });
});
