import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { statusOf } from './status.ts';

describe('the status of a remote program', () => {
  it('is its own', () => assert.equal(statusOf({ code: 7 }), 7));
  it('is 128 and its number for a signal', () => {
    assert.equal(statusOf({ code: null, signal: 'KILL' }), 137);
    assert.equal(statusOf({ code: null, signal: 'SIGTERM' }), 143);
  });
  it('is 128 for a signal that this computer does not know', () => {
    assert.equal(statusOf({ code: null, signal: 'NO\x1bSUCH' }), 128);
    assert.equal(statusOf({ code: null }), 128);
  });
});
