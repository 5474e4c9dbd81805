import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { plainAddress, reachesOwnListener } from './ownListeners.ts';

const own = (): readonly string[] => ['127.0.0.1', '::1', '192.0.2.7', 'fe80::1'];

describe('a listener of the agent', () => {
  const spellings = [
    '127.0.0.1',
    '::1',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '0.0.0.0',
    '::',
    '[::1]',
    '127.9.9.9',
  ];
  for (const address of spellings) {
    it(`on loopback is reached by ${address}`, () => {
      assert.ok(reachesOwnListener(address, 8080, [{ address: '127.0.0.1', port: 8080 }], own));
    });
  }

  for (const address of ['192.0.2.7', '::ffff:192.0.2.7', 'fe80::1%eth0', 'FE80:0::1', '127.0.0.1']) {
    it(`on all addresses is reached by ${address}`, () => {
      assert.ok(reachesOwnListener(address, 8080, [{ address: '::', port: 8080 }], own));
      assert.ok(reachesOwnListener(address, 8080, [{ address: '0.0.0.0', port: 8080 }], own));
    });
  }

  it('is not reached on another port, at another machine, or beside it at another address', () => {
    const listeners = [{ address: '192.0.2.7', port: 8080 }];
    assert.equal(reachesOwnListener('192.0.2.7', 8081, listeners, own), false);
    assert.equal(reachesOwnListener('192.0.2.8', 8080, listeners, own), false);
    assert.equal(reachesOwnListener('127.0.0.1', 8080, listeners, own), false);
    assert.equal(reachesOwnListener('192.0.2.7', 8080, [{ address: '127.0.0.1', port: 8080 }], own), false);
  });
});

describe('an address', () => {
  it('has one spelling', () => {
    assert.equal(plainAddress('::FFFF:192.0.2.7'), '192.0.2.7');
    assert.equal(plainAddress('2001:DB8:0:0::1'), '2001:db8::1');
    assert.equal(plainAddress('fe80::1%eth0'), 'fe80::1');
  });
});
