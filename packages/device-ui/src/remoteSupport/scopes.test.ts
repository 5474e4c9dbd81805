import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { choiceOf, scopesOf, wrongTarget } from './scopes.ts';

describe('what may be done', () => {
  it('is the same after it was ticked and sent', () => {
    for (const scopes of [
      [],
      ['terminal', 'files:write', 'web', 'tcp:127.0.0.1:5432', 'tcp:[::1]:80'],
      ['files:read'],
      ['tcp:db.local:1'],
    ]) {
      assert.deepEqual(scopesOf(choiceOf(scopes)), scopes);
    }
  });

  it('has files once, the wider way', () => {
    assert.equal(choiceOf(['files:read', 'files:write']).files, 'write');
  });
});

describe('an address to reach', () => {
  it('is a name or an address, and a port', () => {
    assert.equal(wrongTarget('127.0.0.1', '5432'), undefined);
    assert.equal(wrongTarget('[fd00::1]', '80'), undefined);
    for (const host of ['', 'a b', 'http://x', 'host:80', 'fd00::1'])
      assert.equal(wrongTarget(host, '1'), 'host');
    for (const port of ['', '0', '65536', '-1', '1e3', ' 1']) assert.equal(wrongTarget('x', port), 'port');
  });
});
