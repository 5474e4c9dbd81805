import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { before, describe, it } from 'node:test';
import fc from 'fast-check';
import { readDer, writeDer } from '../identity/der.ts';
import { seededRandom } from '../testing/index.ts';
import { isSealed, openWithPassphrase, openWithWrap, sealKey } from './index.ts';

const random = seededRandom(1);
const passphrase = 'correct horse battery staple';
let key = '';
let sealed: Awaited<ReturnType<typeof sealKey>>;

before(async () => {
  const made = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  key = made.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
  sealed = await sealKey(key, passphrase, random);
});

describe('a sealed key', () => {
  it('is opened by its passphrase, and by the wrap that came of it', async () => {
    assert.ok(isSealed(sealed.pem) && !isSealed(key));
    const opened = await openWithPassphrase(sealed.pem, passphrase);
    assert.equal(opened?.pem, key);
    assert.deepEqual(opened?.wrap, sealed.wrap);
    assert.equal(openWithWrap(sealed.pem, sealed.wrap), key);
  });

  it('is not opened by another passphrase, nor by the wrap of another seal', async () => {
    assert.equal(await openWithPassphrase(sealed.pem, `${passphrase}.`), undefined);
    const again = await sealKey(key, passphrase, random);
    assert.notEqual(again.pem, sealed.pem);
    assert.equal(openWithWrap(again.pem, sealed.wrap), undefined);
  });

  it('takes a passphrase as it sounds, however its letters were composed', async () => {
    const { pem } = await sealKey(key, 'Schl\u00fcssel', random);
    assert.equal((await openWithPassphrase(pem, 'Schlu\u0308ssel'))?.pem, key);
  });

  it('is what openssl and Node read, too', () => {
    assert.ok(createPrivateKey({ key: sealed.pem, passphrase }).equals(createPrivateKey(key)));
    const argv = ['pkey', '-passin', `pass:${passphrase}`];
    assert.equal(execFileSync('openssl', argv, { input: sealed.pem, encoding: 'utf8' }), key);
  });

  it('may be one that openssl sealed with scrypt', async () => {
    const argv = ['pkcs8', '-topk8', '-scrypt', '-passout', `pass:${passphrase}`];
    const theirs = execFileSync('openssl', argv, { input: key, encoding: 'utf8' });
    assert.equal((await openWithPassphrase(theirs, passphrase))?.pem, key);
  });

  it('of another method is refused, and so is one that asks for more memory than there may be', async () => {
    const other = createPrivateKey(key).export({
      type: 'pkcs8',
      format: 'pem',
      cipher: 'aes-256-cbc',
      passphrase,
    }) as string;
    await assert.rejects(openWithPassphrase(other, passphrase), /another method|not what is expected/);
    const der = Buffer.from(sealed.pem.replace(/-----[A-Z ]+-----/g, ''), 'base64');
    const rounds = Buffer.from('02024000', 'hex'); // N: 16,384
    der.writeUInt16BE(0x7fff, der.indexOf(rounds) + 2);
    der[der.indexOf(Buffer.from('020108', 'hex')) + 2] = 0x7f;
    const dear = `-----BEGIN ENCRYPTED PRIVATE KEY-----\n${der.toString('base64')}\n-----END ENCRYPTED PRIVATE KEY-----`;
    await assert.rejects(openWithPassphrase(dear, passphrase), /its cost/);
  });

  it('that was damaged anywhere is refused or not opened, and never anything else', () => {
    const der = Buffer.from(sealed.pem.replace(/-----[A-Z ]+-----/g, ''), 'base64');
    fc.assert(
      fc.property(fc.nat(der.length - 1), fc.integer({ min: 1, max: 255 }), fc.boolean(), (at, by, cut) => {
        const bad = Buffer.from(cut ? der.subarray(0, at) : der);
        if (!cut) bad[at] = (bad[at] ?? 0) ^ by;
        const pem = `-----BEGIN ENCRYPTED PRIVATE KEY-----\n${bad.toString('base64')}\n-----END ENCRYPTED PRIVATE KEY-----\n`;
        let opened: string | undefined;
        try {
          opened = openWithWrap(pem, sealed.wrap);
        } catch (error) {
          assert.equal((error as Error).constructor.name, 'DerError');
        }
        // CBC lets a changed bit through here and there: the certificate is what tells.
        if (opened !== undefined) assert.match(opened, /^-----BEGIN PRIVATE KEY-----/);
      }),
      { seed: 11, numRuns: 500 },
    );
  });
});

describe('an element of DER', () => {
  it('is read as it was written, whatever its length', () => {
    for (const length of [0, 1, 127, 128, 255, 256, 65_535, 65_536]) {
      const body = Buffer.alloc(length, 7);
      const written = writeDer(0x04, body.subarray(0, 3), body.subarray(3));
      const { tag, body: back, end } = readDer(written);
      assert.deepEqual([tag, back.length, end], [0x04, length, written.length]);
    }
  });
});
