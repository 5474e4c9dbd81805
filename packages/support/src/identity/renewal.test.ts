import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { fail, type SallyportError } from '@sallyport/protocol/errors';
import type { Caller } from '../relay/index.ts';
import { type FakeRelay, startFakeRelay } from '../testing/fakeRelay.ts';
import { type Maker, makeMaker } from '../testing/maker.ts';
import { type DatedClock, datedClock, makeCaller } from '../testing/representative.ts';
import {
  changePassphrase,
  freshIdentity,
  isDue,
  openIdentity,
  readIdentity,
  readPublicIdentity,
} from './index.ts';

const hour = 3_600_000;
const day = 24 * hour;
const start = Date.UTC(2027, 0, 1);
let maker: Maker;
let relay: FakeRelay;
let clock: DatedClock;
let caller: Caller & { remove(): void };
let renewals = 0;
let refusal: SallyportError | undefined;

before(async () => {
  clock = datedClock(start);
  maker = await makeMaker(start);
  relay = await startFakeRelay(maker, clock, {
    ask: async (method, path, socket) => {
      assert.deepEqual([method, path], ['POST', '/v1/renewals']);
      renewals += 1;
      if (refusal) throw refusal;
      const shown = socket.getPeerX509Certificate();
      assert.ok(shown);
      const publicKey = shown.publicKey.export({ type: 'spki', format: 'der' });
      const certificate = await maker.renew('erin@maker.example', publicKey, clock.wallMs());
      return { v: 1, certificate, now: clock.wallMs() };
    },
  });
});
beforeEach(async () => {
  caller?.remove();
  clock.setWall(start);
  renewals = 0;
  refusal = undefined;
  caller = await makeCaller(maker, clock, relay.port);
});
after(() => {
  caller.remove();
  relay.close();
});

describe('renewal', () => {
  it('is due when less than half of the validity is left', () => {
    const validity = { notBefore: 0, notAfter: 100 };
    assert.equal(isDue(validity, 50), false);
    assert.equal(isDue(validity, 51), true);
    assert.equal(isDue(validity, 200), true);
  });
  it('leaves the key under the passphrase that it was put under meanwhile', async () => {
    const { data, identity } = caller;
    await changePassphrase(data, identity.tls.key, 'seven quiet lighthouses');
    clock.setWall(start + 13 * hour);
    const fresh = await freshIdentity(caller);
    const kept = readPublicIdentity(data);
    assert.deepEqual([kept.sealed, kept.certificateSha256], [true, fresh.certificateSha256]);
    assert.throws(() => readIdentity(data), { code: 'passphrase-needed' });
    const given = {
      given: 'seven quiet lighthouses',
      ask: () => Promise.reject(new Error('nobody is asked')),
    };
    assert.equal((await openIdentity(data, given)).tls.key, identity.tls.key);
  });
  it('does not take the place of another login', async () => {
    const other = await makeCaller(maker, clock, relay.port);
    cpSync(join(other.data, 'identity.json'), join(caller.data, 'identity.json'));
    clock.setWall(start + 13 * hour);
    assert.equal((await freshIdentity(caller)).key, caller.identity.key);
    assert.equal(readIdentity(caller.data).key, other.identity.key);
    other.remove();
  });
  it('is left alone before', async () => {
    clock.setWall(start + 11 * hour);
    assert.equal(await freshIdentity(caller), caller.identity);
    assert.equal(renewals, 0);
  });
  for (const [when, ms] of [
    ['after half of the validity', 13 * hour],
    ['after it has ended', 3 * day],
    ['up to 30 days after it has ended', 31 * day - hour],
  ] as const) {
    it(`gives the same key a new certificate ${when}, and keeps it`, async () => {
      clock.setWall(start + ms);
      const fresh = await freshIdentity(caller);
      assert.equal(renewals, 1);
      assert.equal(fresh.key, caller.identity.key);
      assert.ok(fresh.notAfter > clock.wallMs() + 23 * hour);
      assert.equal(readIdentity(caller.data).certificateSha256, fresh.certificateSha256);
      assert.equal(createPublicKey(fresh.file.key).asymmetricKeyType, 'ec');
    });
  }
  it('is refused here, without asking, more than 30 days after the end', async () => {
    clock.setWall(start + 32 * day);
    await assert.rejects(freshIdentity(caller), { code: 'certificate-expired', leg: 'this-computer' });
    assert.equal(renewals, 0);
  });
  it('by another program meanwhile is taken over', async () => {
    clock.setWall(start + 13 * hour);
    const first = await freshIdentity(caller);
    const second = await freshIdentity(caller);
    assert.equal(second.certificateSha256, first.certificateSha256);
    assert.equal(renewals, 1);
  });
  it('that cannot be done is no failure while the certificate is good', async () => {
    clock.setWall(start + 13 * hour);
    refusal = fail('relay-database-lost');
    assert.equal(await freshIdentity(caller), caller.identity);
  });
  it('that cannot be done is a failure after it', async () => {
    clock.setWall(start + 2 * day);
    refusal = fail('relay-database-lost');
    await assert.rejects(freshIdentity(caller), { code: 'relay-database-lost', leg: 'relay' });
  });
  it('of somebody who was revoked is refused, also while the certificate is good', async () => {
    clock.setWall(start + 13 * hour);
    refusal = fail('identity-revoked');
    await assert.rejects(freshIdentity(caller), { code: 'identity-revoked', leg: 'relay' });
  });
});
