import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { joinAnswerSchema } from '@sallyport/protocol/enrolment';
import { SallyportError } from '@sallyport/protocol/errors';
import { makeKeyAndRequest, parseAuthority, verifyPeer } from '@sallyport/protocol/identity';
import { resetRepresentative } from '../representatives/index.ts';
import { inviteSecret, join, tokenSecret } from '../testing/people.ts';
import {
  ask,
  asOperator,
  clock,
  makeFolder,
  random,
  startNode,
  type TestFolder,
  type TestRelay,
} from '../testing/relay.ts';

const withCode = (code: string) => (error: unknown) => error instanceof SallyportError && error.code === code;

describe('enrolment and login', () => {
  let folder: TestFolder;
  let relay: TestRelay;

  before(async () => {
    folder = await makeFolder();
    relay = await startNode(folder);
  });
  after(async () => {
    await relay.stop();
    folder.remove();
  });

  it('enrols a device once with a token, under an id that the relay chose', async () => {
    const secret = await tokenSecret(folder);
    const device = await join(relay, '/v1/enrolments', secret);
    assert.match(device.id, /^d[0-9a-z]{9}$/);
    await assert.rejects(join(relay, '/v1/enrolments', secret), withCode('token-spent'));
  });

  it('answers with a certificate that the whole authority stands behind', async () => {
    const { key: _key, request } = await makeKeyAndRequest();
    const answer = await ask(relay, {
      path: '/v1/enrolments',
      method: 'POST',
      body: { v: 1, secret: await tokenSecret(folder), request },
      answer: joinAnswerSchema,
    });
    const leaf = new X509Certificate(answer.certificate);
    const peer = verifyPeer(leaf.raw, 'device', clock.wallMs(), parseAuthority(answer.authority));
    assert.equal(peer.id, answer.id);
  });

  it('answers the same key again with the same id: its first answer may have been lost', async () => {
    const secret = await tokenSecret(folder);
    const own = await makeKeyAndRequest();
    const first = await join(relay, '/v1/enrolments', secret, own);
    const again = await join(relay, '/v1/enrolments', secret, own);
    assert.equal(again.id, first.id);
    const invite = await inviteSecret(folder, 'ann@maker.example');
    await join(relay, '/v1/logins', invite, own);
    assert.equal((await join(relay, '/v1/logins', invite, own)).id, 'ann@maker.example');
  });

  it('enrols as many devices as the token says, at the same time, and not one more', async () => {
    const secret = await tokenSecret(folder, 3);
    const tries = Array.from({ length: 5 }, () => join(relay, '/v1/enrolments', secret));
    const settled = await Promise.allSettled(tries);
    assert.equal(settled.filter(({ status }) => status === 'fulfilled').length, 3);
  });

  it('logs a representative in once, under the name of the invitation', async () => {
    const secret = await inviteSecret(folder, 'erin@maker.example');
    const erin = await join(relay, '/v1/logins', secret);
    assert.equal(erin.id, 'erin@maker.example');
    await assert.rejects(join(relay, '/v1/logins', secret), withCode('token-spent'));
  });

  it('refuses a token as an invitation, an invitation as a token, and a secret of neither', async () => {
    await assert.rejects(join(relay, '/v1/logins', await tokenSecret(folder)), withCode('token-unknown'));
    const invite = await inviteSecret(folder, 'bob@maker.example');
    await assert.rejects(join(relay, '/v1/enrolments', invite), withCode('token-unknown'));
    await assert.rejects(join(relay, '/v1/enrolments', 'x'.repeat(32)), withCode('token-unknown'));
  });

  it('does not spend a token for a request that is none', async () => {
    const secret = await tokenSecret(folder);
    const { key, request } = await makeKeyAndRequest();
    const broken = request.replace(/[A-Za-z0-9](?=[^\n]*\n-----END)/, (c) => (c === 'A' ? 'B' : 'A'));
    await assert.rejects(
      join(relay, '/v1/enrolments', secret, { key, request: broken }),
      withCode('request-invalid'),
    );
    await join(relay, '/v1/enrolments', secret, { key, request });
  });

  it('never takes a key again that was revoked', async () => {
    const own = await makeKeyAndRequest();
    const id = 'carol@maker.example';
    await join(relay, '/v1/logins', await inviteSecret(folder, id), own);
    const now = clock.wallMs();
    const invite = await asOperator(folder, (writes) =>
      resetRepresentative(writes, id, { now, actor: 'test', random, endsAt: now + 3_600_000 }),
    );
    await assert.rejects(join(relay, '/v1/logins', invite, own), withCode('identity-revoked'));
    assert.equal((await join(relay, '/v1/logins', invite)).id, id);
  });

  it('refuses a body that is too large, no JSON, or not what is asked for', async () => {
    const post = (body: unknown) =>
      ask(relay, { path: '/v1/enrolments', method: 'POST', body, answer: joinAnswerSchema });
    await assert.rejects(post({ v: 1, secret: 'x'.repeat(70_000) }), withCode('message-too-large'));
    await assert.rejects(post({ v: 2 }), withCode('message-malformed'));
    await assert.rejects(post('text'), withCode('message-malformed'));
    await assert.rejects(post(null), withCode('message-malformed'));
  });

  it('lets an address wait that has failed thirty times in a minute', async () => {
    const own = await makeFolder();
    const quiet = await startNode(own);
    const guess = () => join(quiet, '/v1/enrolments', 'x'.repeat(32), { key: '', request: '-----BEGIN x' });
    for (let i = 0; i < 30; i++) await assert.rejects(guess(), withCode('token-unknown'));
    await assert.rejects(guess(), withCode('rate-limited'));
    await quiet.stop();
    own.remove();
  });
});
