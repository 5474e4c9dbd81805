import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { entropyToMnemonic } from '@scure/bip39';
import { wordlist } from '@scure/bip39/wordlists/english.js';
import fc from 'fast-check';
import { keyWords } from './index.ts';

const hex = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((bytes) => Buffer.from(bytes).toString('hex'));

describe('the words of a key', () => {
  it('are the first six that BIP-39 makes of the same bits', () => {
    fc.assert(
      fc.property(hex, (sha256) => {
        const mnemonic = entropyToMnemonic(Buffer.from(sha256, 'hex'), wordlist);
        assert.equal(keyWords(sha256), mnemonic.split(' ').slice(0, 6).join(' '));
      }),
      { seed: 7 },
    );
  });
  it('differ as soon as one of their bits does', () => {
    const zero = '0'.repeat(64);
    assert.equal(keyWords(zero), 'abandon abandon abandon abandon abandon abandon');
    assert.notEqual(keyWords(`8${zero.slice(1)}`), keyWords(zero));
    assert.notEqual(keyWords(`${'0'.repeat(16)}4${'0'.repeat(47)}`), keyWords(zero));
  });
});
