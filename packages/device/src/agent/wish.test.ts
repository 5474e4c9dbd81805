import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Scope } from '@sallyport/protocol/grant';
import { seededRandom } from '@sallyport/protocol/testing';
import { aMoment, erin, hour, otto } from '../grant/testing.ts';
import { type EnableWish, grantFor, meantBy } from './wish.ts';

const wish: EnableWish = { durationMs: hour, scopes: ['web'], approval: false, reference: undefined };
const options = { runAs: { kind: 'same-user' }, now: aMoment, random: seededRandom(1) } as const;
const nobody = { ...options, runAs: { kind: 'missing', reason: 'run-as is not set' } } as const;

describe('a wish to enable', () => {
  it('becomes a grant with an id and a host key of its own', () => {
    const [a, b] = [grantFor(wish, options), grantFor(wish, options)];
    assert.notEqual(a.id, b.id);
    assert.match(a.hostKey.public, /^ssh-ed25519 [A-Za-z0-9+/=]{60,120}$/);
    assert.notEqual(a.hostKey.public, b.hostKey.public);
    assert.equal(a.span.leftMs, hour);
  });

  for (const scope of ['terminal', 'files:read', 'files:write'] as const) {
    it(`with ${scope} is refused where nothing can run as another user`, () => {
      assert.throws(() => grantFor({ ...wish, scopes: ['web', scope] }, nobody), { code: 'run-as-missing' });
    });
  }

  it('for web and TCP needs no user to run as', () => {
    assert.ok(grantFor({ ...wish, scopes: ['web', 'tcp:127.0.0.1:5432'] }, nobody));
  });

  it('is refused below ten seconds and above a day', () => {
    for (const durationMs of [9_999, 24 * hour + 1]) {
      assert.throws(() => grantFor({ ...wish, durationMs }, options), { code: 'duration-malformed' });
    }
  });

  it('is refused with more scopes than a hello can carry, by their bytes or their count', () => {
    const scopes = (count: number, host: string): Scope[] =>
      Array.from({ length: count }, (_, n): Scope => `tcp:${host}:${n + 1}`);
    for (const [many, message] of [
      [scopes(64, `${'a'.repeat(60)}.example`), /takes \d{4} bytes to say; 3000 is the most/],
      [scopes(65, 'a'), /takes 65 scopes; 64 is the most/],
    ] as const) {
      const refused = { code: 'scopes-too-long', message };
      assert.throws(() => grantFor({ ...wish, scopes: many }, options), refused);
    }
  });
});

describe('the representative whom an administrator means', () => {
  it('is found by name, and by the start of the key', () => {
    assert.deepEqual(meantBy(erin.representative, [erin, otto, erin]), [erin]);
    assert.deepEqual(meantBy(otto.key.slice(0, 8), [erin, otto]), [otto]);
  });

  it('is not guessed by seven digits, nor by a part of the name', () => {
    for (const who of [otto.key.slice(0, 7), 'otto', '']) {
      assert.throws(() => meantBy(who, [erin, otto]), { code: 'representative-unknown' });
    }
  });

  it('has all their keys named', () => {
    const second = { ...erin, key: '1'.repeat(64) };
    assert.deepEqual(meantBy(erin.representative, [erin, second]), [erin, second]);
  });
});
