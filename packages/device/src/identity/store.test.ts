import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, before, beforeEach, describe, it } from 'node:test';
import { createAuthority, issueLeaf, makeRequest, readRequest } from '@sallyport/protocol/issue';
import { systemRandom } from '@sallyport/runtime/random';
import { withSpareDescriptors } from '../processes/testing.ts';
import { type IdentityStore, identityStore } from './store.ts';

const now = Date.UTC(2027, 0, 1);
const year = 365 * 86_400_000;
type Written = Parameters<IdentityStore['write']>[0];
let good: Written;
let other: Written;

async function makeIdentity(): Promise<Written> {
  const authority = await createAuthority({ name: 'Test', random: systemRandom, now });
  const { key, request } = await makeRequest();
  const { publicKeySpki } = await readRequest(request);
  const certificate = await issueLeaf({
    issuer: authority.device,
    role: 'device',
    id: 'd-1',
    publicKey: publicKeySpki,
    notBefore: now,
    notAfter: now + 2 * year,
    random: systemRandom,
  });
  return {
    id: 'd-1',
    host: 'relay.example',
    ports: [443, 22],
    key,
    certificate,
    authority: {
      root: authority.root.certificate,
      relay: authority.relay.certificate,
      device: authority.device.certificate,
      representative: authority.representative.certificate,
    },
  };
}

let folder: string;
let path: string;
let store: IdentityStore;
before(async () => {
  good = await makeIdentity();
  other = await makeIdentity();
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-'));
  path = join(folder, 'identity.json');
  store = identityStore(path);
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('the identity of a device', () => {
  it('is none before enrolment', () => {
    assert.equal(store.read(), undefined);
    assert.throws(() => store.required(), { code: 'not-enrolled' });
  });

  it('comes back from the disk, from a file for its owner alone', () => {
    store.write(good);
    const read = identityStore(path).required();
    assert.equal(read.id, 'd-1');
    assert.deepEqual(read.ports, [443, 22]);
    assert.equal(read.notAfter, now + 2 * year);
    assert.equal(statSync(path).mode & 0o777, 0o600);
  });

  it('is seen as another process replaced it', () => {
    store.write(good);
    const first = store.required().keySha256;
    identityStore(path).write(other);
    assert.notEqual(store.required().keySha256, first);
  });

  it('has the ports that the settings name, and keeps those of the token in its file', () => {
    const moved = identityStore(path, [8444]);
    assert.deepEqual(moved.write(good).ports, [8444]);
    assert.deepEqual(moved.required().ports, [8444]);
    assert.deepEqual(moved.renew(good.certificate).ports, [8444]);
    assert.deepEqual(identityStore(path).required().ports, [443, 22]);
  });

  it('is known also when the agent may open no more files', async () => {
    store.write(good);
    const { keySha256 } = store.required();
    await withSpareDescriptors(0, () => {
      assert.equal(store.required().keySha256, keySha256);
      assert.equal(store.find()?.keySha256, keySha256);
    });
  });

  it('shows its own certificate and no more: who judges it has the rest', () => {
    store.write(good);
    assert.equal(store.required().tls.certificate.match(/BEGIN CERTIFICATE/g)?.length, 1);
  });

  for (const [what, change] of [
    ['a certificate of another authority', () => ({ certificate: other.certificate })],
    ['a key that is not that of its certificate', () => ({ key: other.key })],
    [
      'an intermediate of another root',
      () => ({ authority: { ...good.authority, relay: other.authority.relay } }),
    ],
    ['a host that is none', () => ({ host: 'a b' })],
  ] as const) {
    it(`with ${what} is not written`, () => {
      assert.throws(() => store.write({ ...good, ...change() }), { code: 'identity-damaged' });
      assert.equal(store.read(), undefined);
    });
  }

  it('that was damaged on the disk is a clear error', () => {
    store.write(good);
    writeFileSync(path, readFileSync(path, 'utf8').slice(0, 100), { mode: 0o600 });
    assert.throws(() => store.read(), { code: 'identity-damaged' });
    assert.equal(store.find(), undefined);
  });

  it('that cannot be reached is a clear error', () => {
    symlinkSync('loop', join(folder, 'loop'));
    const beyond = identityStore(join(folder, 'loop', 'identity.json'));
    assert.throws(() => beyond.read(), { code: 'folder-unusable' });
    assert.equal(beyond.find(), undefined);
  });

  it('that others may read is refused', () => {
    store.write(good);
    chmodSync(path, 0o644);
    assert.throws(() => identityStore(path).read(), { code: 'folder-permissions' });
  });
});
