import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { encodeToken } from '@sallyport/protocol/enrolment';
import { fail, type SallyportError } from '@sallyport/protocol/errors';
import { rootSha256 } from '@sallyport/protocol/identity';
import { readRequest } from '@sallyport/protocol/issue';
import { systemClock } from '@sallyport/runtime/clock';
import { type FakeRelay, startFakeRelay } from '../testing/fakeRelay.ts';
import { type Maker, makeMaker } from '../testing/maker.ts';
import { login, type PublicIdentity, readIdentity } from './index.ts';

const clock = systemClock();
const id = 'erin@maker.example';
let maker: Maker;
let relay: FakeRelay;
let data: string;
/** The requests for certificates that came, in order. */
let requests: string[] = [];
/** What the next login comes to, once the relay has taken its request. */
let outcome: 'lost' | SallyportError | undefined;

before(async () => {
  maker = await makeMaker(clock.wallMs());
  relay = await startFakeRelay(maker, clock, {
    ask: async (_method, path, socket, body) => {
      assert.equal(path, '/v1/logins');
      const { request } = body as { request: string };
      requests.push(request);
      if (outcome === 'lost') socket.destroy();
      else if (outcome) throw outcome;
      const { publicKeySpki } = await readRequest(request);
      const certificate = await maker.renew(id, publicKeySpki, clock.wallMs());
      return { v: 1, id, certificate, authority: maker.pems, now: clock.wallMs() };
    },
  });
});
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'sallyport-login-'));
  requests = [];
  outcome = undefined;
});
after(() => relay.close());

const logIn = async (secret = 'a'.repeat(32), passphrase?: string): Promise<PublicIdentity> => {
  const root = rootSha256(maker.authority);
  const invite = { kind: 'representative', host: 'localhost', ports: [relay.port], secret } as const;
  return login({ data, invite: encodeToken({ ...invite, rootSha256: root }), clock, passphrase });
};
const remove = (): void => rmSync(data, { recursive: true });
const pinOf = (folder: string): string => {
  mkdirSync(join(folder, 'pins'), { mode: 0o700 });
  const pin = join(folder, 'pins', `${'0'.repeat(32)}.json`);
  writeFileSync(pin, '{}', { mode: 0o600 });
  return pin;
};

describe('a login', () => {
  it('leaves the identity, and no key that waits and no pin of another key', async () => {
    pinOf(data);
    await logIn();
    assert.equal(readIdentity(data).id, id);
    assert.deepEqual(readdirSync(data).toSorted(), ['identity.json', 'last-good-port']);
    remove();
  });
  it('under a passphrase never has the key on the disk without it, also while its answer is lost', async () => {
    outcome = 'lost';
    const passphrase = 'seven quiet lighthouses';
    await assert.rejects(logIn(undefined, passphrase), { code: 'connection-lost' });
    const onDisk = (): string =>
      readdirSync(data)
        .map((name) => readFileSync(join(data, name), 'utf8'))
        .join();
    assert.match(onDisk(), /BEGIN ENCRYPTED PRIVATE KEY/);
    assert.doesNotMatch(onDisk(), /BEGIN PRIVATE KEY/);
    outcome = undefined;
    await assert.rejects(logIn(), { code: 'passphrase-needed' });
    await assert.rejects(logIn(undefined, 'another passphrase'), { code: 'passphrase-wrong' });
    assert.equal((await logIn(undefined, passphrase)).sealed, true);
    assert.equal(new Set(requests).size, 1, 'the same key');
    assert.doesNotMatch(onDisk(), /BEGIN PRIVATE KEY/);
    await assert.rejects(logIn('b'.repeat(32), 'short'), { code: 'passphrase-short' });
    remove();
  });
  it('whose answer was lost is done again with the same key, as the relay wants it', async () => {
    outcome = 'lost';
    await assert.rejects(logIn(), { code: 'connection-lost' });
    outcome = undefined;
    await logIn();
    assert.equal(requests.length, 2);
    assert.equal(requests[0], requests[1]);
    remove();
  });
  it('with another invitation has another key', async () => {
    outcome = 'lost';
    await assert.rejects(logIn());
    outcome = undefined;
    await logIn('b'.repeat(32));
    assert.notEqual(requests[0], requests[1]);
    assert.deepEqual(readdirSync(data).toSorted(), ['identity.json', 'last-good-port']);
    remove();
  });
  it('that was refused keeps no key', async () => {
    outcome = fail('token-spent');
    await assert.rejects(logIn(), { code: 'token-spent', leg: 'relay' });
    assert.deepEqual(readdirSync(data), []);
    remove();
  });
  it('that is done a second time says that it was done', async () => {
    await logIn();
    outcome = fail('token-spent');
    await assert.rejects(logIn(), { code: 'logged-in-already', details: { id } });
    assert.equal(readIdentity(data).id, id);
    // Another one that was spent was spent by somebody else: nobody is told that all is well.
    await assert.rejects(logIn('b'.repeat(32)), { code: 'token-spent' });
    remove();
  });
  it('goes on where the key that waits is damaged', async () => {
    outcome = 'lost';
    await assert.rejects(logIn());
    const [waiting = ''] = readdirSync(data);
    writeFileSync(join(data, waiting), '{');
    outcome = undefined;
    await logIn();
    remove();
  });
  it('that cannot store the identity takes nothing away', async () => {
    const pin = pinOf(data);
    mkdirSync(join(data, 'identity.json'));
    await assert.rejects(logIn(), { code: 'folder-unusable' });
    assert.ok(existsSync(pin));
    rmSync(join(data, 'identity.json'), { recursive: true });
    await logIn();
    assert.equal(requests[0], requests[1]);
    remove();
  });
});
