import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decodeToken, encodeToken, type Token } from './index.ts';

const seed = 20_270_101;
const token: Token = {
  kind: 'device',
  host: 'relay.maker.example',
  ports: [443, 22, 53],
  rootSha256: 'ab'.repeat(32),
  secret: 'c2VjcmV0LXNlY3JldC0xMjM0',
};
const malformed = { code: 'token-malformed' };

describe('a token', () => {
  it('comes back as it was, for devices and for representatives', () => {
    assert.deepEqual(decodeToken(encodeToken(token)), token);
    const invitation: Token = { ...token, kind: 'representative', host: 'localhost', ports: [8443] };
    assert.deepEqual(decodeToken(encodeToken(invitation)), invitation);
  });

  it('is one word that says what it is for', () => {
    assert.match(encodeToken(token), /^sp1d-[A-Za-z0-9_-]{80,200}$/);
    assert.match(encodeToken({ ...token, kind: 'representative' }), /^sp1r-/);
  });

  it('may be broken into lines by mail', () => {
    const text = encodeToken(token);
    assert.deepEqual(decodeToken(`\n  ${text.slice(0, 40)}\r\n ${text.slice(40)} \n`), token);
  });

  it('is refused if any one character is missing, doubled or changed', () => {
    const text = encodeToken(token);
    for (let index = 0; index < text.length; index += 1) {
      const before = text.slice(0, index);
      const after = text.slice(index + 1);
      const other = text[index] === 'A' ? 'B' : 'A';
      for (const copy of [before + after, before + text[index] + text.slice(index), before + other + after]) {
        if (copy === text) continue;
        assert.throws(() => decodeToken(copy), malformed, `${index}: ${copy}`);
      }
    }
  });

  it('is refused if it was made for the other kind', () => {
    assert.throws(() => decodeToken(encodeToken(token).replace('sp1d-', 'sp1r-')), malformed);
  });

  it('says of a later version that it is one', () => {
    assert.throws(() => decodeToken(encodeToken(token).replace('sp1d-', 'sp2d-')), /later version/);
  });

  it('is refused if it is empty, something else, or without end', () => {
    for (const text of [
      '',
      'sp1d-',
      'sp1d-AAAA',
      'hello',
      'ssh-ed25519 AAAA',
      'sp1x-AAAA',
      `sp1d-${'A'.repeat(100_000)}`,
    ]) {
      assert.throws(() => decodeToken(text), malformed);
    }
  });

  /** A token of somebody who heeds no rule, with the right checksum. */
  const forged = (fields: Token): string => {
    const said = JSON.stringify({ h: fields.host, p: fields.ports, s: fields.secret });
    const bytes = Buffer.concat([Buffer.from(fields.rootSha256, 'hex'), Buffer.from(said)]);
    const sum = createHash('sha256').update('sp1d-').update(bytes).digest().subarray(0, 4);
    return `sp1d-${Buffer.concat([bytes, sum]).toString('base64url')}`;
  };

  it('is neither read nor made if what it says is not valid, though its checksum is right', () => {
    assert.equal(forged(token), encodeToken(token));
    const wrong: Partial<Token>[] = [
      { host: 'Relay.example' },
      { host: '-x' },
      { host: 'evil.example/' },
      { ports: [] },
      { ports: [0] },
      { ports: [65_536] },
      { ports: new Array<number>(17).fill(443) },
      { secret: 'short' },
      { secret: `${token.secret}"}` },
    ];
    for (const change of wrong) {
      assert.throws(() => decodeToken(forged({ ...token, ...change })), malformed, JSON.stringify(change));
      assert.throws(() => encodeToken({ ...token, ...change }), malformed, JSON.stringify(change));
    }
    assert.throws(() => encodeToken({ ...token, rootSha256: 'ab' }), malformed);
  });

  it(`fails in one way only, whatever is pasted (seed ${seed})`, () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ maxLength: 300 }),
          fc.base64String().map((text) => `sp1d-${text}`),
        ),
        (text) => {
          assert.throws(() => decodeToken(text), malformed);
        },
      ),
      { seed, numRuns: 2_000 },
    );
  });
});
