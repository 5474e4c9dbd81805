import assert from 'node:assert/strict';
import { once } from 'node:events';
import { afterEach, describe, it } from 'node:test';
import { fail } from '@sallyport/protocol/errors';
import { type GrantId, makeStreamId, Otp, type PortNumber, type Scope } from '@sallyport/protocol/grant';
import { receiveAnswer } from '@sallyport/protocol/session';
import type { ResumableStream } from '@sallyport/protocol/stream';
import { seededRandom, settle } from '@sallyport/protocol/testing';
import { failureOf } from '../grant/index.ts';
import { aGrant, aPort, erin, otto } from '../grant/testing.ts';
import { refusalLimit } from './refusals.ts';
import { knockOf, makeScene } from './testing.ts';

type Scene = ReturnType<typeof makeScene>;
let scene: Scene;
const begin = (...change: Parameters<typeof makeScene>): Scene => {
  scene = makeScene(...change);
  return scene;
};
afterEach(() => scene.close());

const never = new AbortController().signal;
/** The generator of ristretto255 (RFC 9496, appendix A.1). */
const ristrettoBase = Buffer.from(
  'e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76',
  'hex',
).toString('base64url');
const wrongOtp = (right: Otp | undefined): Otp => {
  const otp = Otp.parse(right?.digits() === '000000000' ? '111111111' : '000000000');
  assert.ok(otp);
  return otp;
};
const grantOf = ({ grant }: Scene) => {
  assert.ok(grant.state.at === 'open');
  return grant.state.grant;
};
async function echoes(stream: ResumableStream, text: string): Promise<void> {
  stream.write(text);
  let heard = '';
  while (heard.length < text.length) heard += String((await once(stream, 'data'))[0]);
  assert.equal(heard, text);
}
const refusedAfter = async (line: ReturnType<Scene['arrive']>): Promise<string> => {
  const { code } = await receiveAnswer(line.channel, ['ready', 'opened', 'resumed'], {
    deadline: never,
  }).then(
    () => ({ code: 'let in' }),
    (error: { code: string }) => error,
  );
  return code;
};

describe('an entry', { timeout: 10_000 }, () => {
  it('pairs by the OTP, spends it, and opens a session on the same connection', async () => {
    const { pair, open } = begin();
    const { stream, opened } = await open({ line: await pair() });
    assert.equal(grantOf(scene).password.at, 'spent');
    assert.equal(opened.hostKey, aGrant.hostKey.public);
    assert.deepEqual(opened.scopes, ['terminal', 'files:write']);
    await echoes(stream, 'hello');
  });

  it('needs no OTP a second time with the same key', async () => {
    const { pair, open, sessions } = begin();
    await pair();
    await open();
    await open();
    assert.equal(sessions.list().length, 2);
  });

  it('is refused to a key without a pin', async () => {
    const { arrive, pair } = begin();
    await pair();
    const line = arrive(otto);
    line.channel.send({ type: 'open', port: aPort, grant: aGrant.id });
    assert.equal(await refusedAfter(line), 'not-paired');
  });

  it('with a wrong OTP is refused with the tries that are left, and counted', async () => {
    const { pair, grant } = begin();
    await assert.rejects(pair({ otp: wrongOtp(grant.otp) }), { code: /otp-wrong|pairing-failed/ });
    assert.equal(failureOf(grantOf(scene), erin.key)?.count, 1);
    await pair();
    assert.equal(failureOf(grantOf(scene), erin.key)?.count, 1);
  });

  it('with three wrong OTPs blocks the key, which is not dialled back for any more', async () => {
    const { pair, grant, sessions, declined } = begin();
    for (let count = 0; count < 3; count += 1) {
      await assert.rejects(pair({ otp: wrongOtp(grant.otp) }));
      await settle();
    }
    await sessions.follow(knockOf(erin));
    assert.deepEqual(declined, ['key-blocked']);
    assert.equal(grantOf(scene).password.failures, 3);
  });

  it('with five wrong OTPs in all voids the OTP', async () => {
    const { pair, grant, arrive } = begin();
    const wrong = wrongOtp(grant.otp);
    for (const who of [erin, erin, otto, otto, otto]) {
      await assert.rejects(pair({ who, otp: wrong }));
      await settle();
    }
    assert.equal(grantOf(scene).password.at, 'void');
    const line = arrive();
    line.channel.send({ type: 'pair', port: aPort });
    assert.equal(await refusedAfter(line), 'otp-void');
  });

  it('with a spent OTP is refused without a run or a count', async () => {
    const { pair, arrive } = begin();
    await pair();
    const line = arrive(otto);
    line.channel.send({ type: 'pair', port: aPort });
    assert.equal(await refusedAfter(line), 'otp-none');
    assert.equal(failureOf(grantOf(scene), otto.key), undefined);
  });

  it('to another port number or grant is refused', async () => {
    const { arrive } = begin();
    const line = arrive();
    line.channel.send({ type: 'pair', port: (aPort + 1) as PortNumber });
    assert.equal(await refusedAfter(line), 'grant-other');
    const second = arrive();
    second.channel.send({ type: 'open', port: aPort, grant: 'f'.repeat(32) as GrantId });
    assert.equal(await refusedAfter(second), 'grant-other');
  });

  it('is refused to a key that the relay revoked', async () => {
    const { state, sessions, declined } = begin();
    state.revocations.add(erin.key, erin.representative, 1);
    await sessions.follow(knockOf(erin));
    assert.deepEqual(declined, ['identity-revoked']);
  });

  it('is declined at once when the device cannot reach the node', async () => {
    const { sessions, declined } = begin();
    await sessions.follow(knockOf(erin));
    assert.deepEqual(declined, ['relay-no-answer']);
  });

  it('of another than the one who knocked is refused', async () => {
    const { arrive, sessions, declined } = begin();
    arrive(otto, erin);
    await sessions.idle();
    assert.deepEqual(declined, ['peer-untrusted']);
  });

  it('that is refused before a word is in the history; one that failed on its way is not', async () => {
    const { arrive, sessions, state, history } = begin();
    arrive(otto, erin);
    await sessions.idle();
    state.revocations.add(otto.key, otto.representative, 1);
    await sessions.follow(knockOf(otto));
    await sessions.follow(knockOf(erin));
    assert.deepEqual(history('knock-refused-1'), [
      { representative: erin.representative, keySha256: erin.key, code: 'peer-untrusted' },
      { representative: otto.representative, keySha256: otto.key, code: 'identity-revoked' },
    ]);
  });

  it('that is refused is remembered for the administrator: by key and reason, with a count', async () => {
    const { sessions, state, refusals } = begin();
    state.revocations.add(otto.key, otto.representative, 1);
    for (let count = 0; count < 3; count += 1) await sessions.follow(knockOf(otto));
    // Nobody was there to dial back to: that is nobody's fault.
    await sessions.follow(knockOf(erin));
    assert.deepEqual(
      refusals.list().map(({ key, error, count }) => [key, error.code, count]),
      [[otto.key, 'identity-revoked', 3]],
    );
    for (let other = 0; other < 30; other += 1) {
      const key = String(other).padStart(64, '0');
      state.revocations.add(key, 'somebody', 1);
      await sessions.follow(knockOf({ representative: 'somebody', key }));
    }
    assert.equal(refusals.list().length, refusalLimit);
    assert.equal(refusals.list()[0]?.key, '29'.padStart(64, '0'));
  });

  it('that says nothing is hung up on after ten seconds', async () => {
    const { arrive, clock } = begin();
    const line = arrive();
    const refused = refusedAfter(line);
    await clock.advance(10_000);
    assert.equal(await refused, 'timed-out');
  });

  it('that says something else is hung up on', async () => {
    const { arrive } = begin();
    const line = arrive();
    line.channel.send({ type: 'confirm', tag: 'A'.repeat(86) });
    assert.equal(await refusedAfter(line), 'message-unknown');
  });

  it('while another pairing runs is asked to wait', async () => {
    const { arrive } = begin();
    const first = arrive();
    first.channel.send({ type: 'pair', port: aPort });
    await receiveAnswer(first.channel, ['ready'], { deadline: never });
    const second = arrive(otto);
    second.channel.send({ type: 'pair', port: aPort });
    assert.equal(await refusedAfter(second), 'pairing-busy');
  });

  it('is refused beyond four halves of one key', async () => {
    const { arrive, declined } = begin();
    for (let count = 0; count < 5; count += 1) arrive();
    await settle();
    assert.deepEqual(declined, ['device-busy']);
  });
});

describe('a run of pairing', { timeout: 10_000 }, () => {
  it('that the administrator overtakes with a new password is worth nothing', async () => {
    const { arrive, grant } = begin();
    const line = arrive();
    line.channel.send({ type: 'pair', port: aPort });
    await receiveAnswer(line.channel, ['ready'], { deadline: never });
    grant.apply({ type: 'password', by: 'alice' });
    // Any element of the group will do: the device counts before it could tell.
    line.channel.send({ type: 'share', share: ristrettoBase });
    assert.equal(await refusedAfter(line), 'otp-void');
    assert.deepEqual(grantOf(scene).password, { at: 'live', failures: 0 });
  });

  it('ends with the grant', async () => {
    const { arrive, grant } = begin();
    const line = arrive();
    line.channel.send({ type: 'pair', port: aPort });
    await receiveAnswer(line.channel, ['ready'], { deadline: never });
    grant.apply({ type: 'disable', by: 'alice' });
    assert.equal(await refusedAfter(line), 'grant-ended');
  });
});

describe('approval', { timeout: 10_000 }, () => {
  it('is asked for before pairing, and the run follows', async () => {
    const { arrive, approvals } = begin({ approval: true });
    const line = arrive();
    line.channel.send({ type: 'pair', port: aPort });
    const wait = await receiveAnswer(line.channel, ['wait'], { deadline: never });
    assert.equal(wait.seconds, 120);
    assert.equal(grantOf(scene).password.failures, 0);
    approvals.decide(erin.representative, true);
    await receiveAnswer(line.channel, ['ready'], { deadline: never });
  });

  it('that is denied ends the entry', async () => {
    const { arrive, approvals } = begin({ approval: true });
    const line = arrive();
    line.channel.send({ type: 'pair', port: aPort });
    await receiveAnswer(line.channel, ['wait'], { deadline: never });
    approvals.decide(undefined, false);
    assert.equal(await refusedAfter(line), 'approval-refused');
  });

  it('is worth nothing when the grant ended meanwhile', async () => {
    const { arrive, approvals, grant } = begin({ approval: true });
    const line = arrive();
    line.channel.send({ type: 'pair', port: aPort });
    await receiveAnswer(line.channel, ['wait'], { deadline: never });
    grant.apply({ type: 'disable', by: 'alice' });
    assert.equal(await refusedAfter(line), 'grant-ended');
    assert.deepEqual(approvals.list(), []);
  });

  it('is not asked for when there is no live OTP', async () => {
    const { arrive, approvals } = begin({ approval: true, password: { at: 'spent', failures: 0 } });
    const line = arrive();
    line.channel.send({ type: 'pair', port: aPort });
    assert.equal(await refusedAfter(line), 'otp-none');
    assert.deepEqual(approvals.list(), []);
  });

  it('is not waited for when the representative hangs up', async () => {
    const { arrive, approvals } = begin({ approval: true });
    const line = arrive();
    line.channel.send({ type: 'pair', port: aPort });
    await receiveAnswer(line.channel, ['wait'], { deadline: never });
    line.cut();
    await settle();
    assert.deepEqual(approvals.list(), []);
  });
});

describe('a session', { timeout: 10_000 }, () => {
  const entered = async (...change: Parameters<typeof makeScene>) => {
    begin(...change);
    return scene.open({ line: await scene.pair() });
  };

  it('is suspended when its connection is lost, and goes on over a new one without OTP or approval', async () => {
    const first = await entered();
    first.cut();
    await settle();
    assert.equal(scene.sessions.list()[0]?.state, 'suspended');
    const heard = once(first.stream, 'data');
    first.stream.write('sent while cut');
    await scene.resume(first.stream);
    assert.equal(String((await heard)[0]), 'sent while cut');
    assert.equal(scene.sessions.list()[0]?.state, 'live');
  });

  it('for which the device has no descriptor left ends with that reason', async () => {
    begin();
    const line = await scene.pair();
    scene.failToServe(Object.assign(new Error('EMFILE'), { code: 'EMFILE' }));
    const { stream } = await scene.open({ line });
    assert.equal(stream.state, 'ended');
    assert.deepEqual(
      scene.history('session-ended-1').map(({ code }) => code),
      ['device-exhausted'],
    );
  });

  it('is not given to another key', async () => {
    const first = await entered();
    scene.grant.apply({ type: 'password', by: 'alice' });
    await scene.pair({ who: otto });
    first.cut();
    await settle();
    await assert.rejects(scene.resume(first.stream, { who: otto }), { code: 'stream-unknown' });
  });

  it('that nobody remembers is said to be unknown', async () => {
    const first = await entered();
    await assert.rejects(scene.resume(first.stream, { id: makeStreamId(seededRandom(99)) }), {
      code: 'stream-unknown',
    });
  });

  it('is not resumed with a generation that was used', async () => {
    const first = await entered();
    first.cut();
    await settle();
    await assert.rejects(scene.resume(first.stream, { generation: 0 }), { code: 'stream-superseded' });
  });

  it('ends with Disable: its stream, its channels and its connection', async () => {
    const { stream } = await entered();
    const ended = once(stream, 'ended');
    scene.grant.apply({ type: 'disable', by: 'alice' });
    await settle();
    assert.equal(((await ended)[0] as { error: { code: string } }).error.code, 'grant-ended');
    assert.deepEqual(scene.served[0]?.closed, ['grant-ended']);
    assert.deepEqual(scene.sessions.list(), []);
  });

  it('ends with Disable while it is suspended, and cannot be resumed', async () => {
    const first = await entered();
    first.cut();
    await settle();
    scene.grant.apply({ type: 'disable', by: 'alice' });
    assert.deepEqual(scene.served[0]?.closed, ['grant-ended']);
    await scene.sessions.follow(knockOf(erin));
    assert.deepEqual(scene.declined, ['grant-ended']);
  });

  it('ends with a cut-off, whose key can neither resume, open nor pair', async () => {
    const first = await entered();
    scene.grant.apply({ type: 'password', by: 'alice' });
    scene.grant.apply({ type: 'cut', who: erin, as: 'person', by: 'alice' });
    await settle();
    assert.deepEqual(scene.served[0]?.closed, ['cut-off']);
    assert.ok(first.stream.destroyed);
    await scene.sessions.follow(knockOf(erin));
    assert.deepEqual(scene.declined, ['cut-off']);
  });

  it('of one representative ends by a cut-off, and of another stays', async () => {
    await entered();
    scene.grant.apply({ type: 'password', by: 'alice' });
    await scene.open({ line: await scene.pair({ who: otto }), who: otto });
    scene.grant.apply({ type: 'cut', who: erin, as: 'person', by: 'alice' });
    await settle();
    assert.deepEqual(
      scene.sessions.list().map(({ representative }) => representative),
      [otto.representative],
    );
  });

  it('is asked anew for every scope: not after the end, the block, or the last second', async () => {
    await entered();
    assert.equal(scene.allows('terminal'), true);
    assert.equal(scene.allows('files:read'), true);
    assert.equal(scene.allows('web'), false);
    scene.state.revocations.add(erin.key, erin.representative, 1);
    assert.equal(scene.allows('terminal'), false);
  });

  it('allows nothing once its time is over, before any timer has run', async () => {
    await entered();
    scene.clock.sleep(24 * 3_600_000);
    assert.equal(scene.allows('terminal'), false);
  });

  it('that the representative ends is gone, with its channels', async () => {
    const { stream } = await entered();
    stream.endDeliberately('session-closed');
    await settle();
    assert.deepEqual(scene.sessions.list(), []);
    assert.deepEqual(scene.served[0]?.closed, ['session-closed']);
  });

  it('of which sixteen are live leaves no place for another', async () => {
    await entered();
    for (let count = 1; count < 16; count += 1) await scene.open();
    const line = scene.arrive();
    line.channel.send({ type: 'open', port: aPort, grant: aGrant.id });
    assert.equal(await refusedAfter(line), 'sessions-used-up');
  });

  it("takes the place of the representative's own oldest suspended one when four are suspended", async () => {
    await entered();
    const lines = [];
    for (let count = 0; count < 4; count += 1) lines.push(await scene.open());
    for (const line of lines) {
      line.cut();
      await scene.clock.advance(10);
    }
    await scene.open();
    const ids = scene.sessions.list().map(({ id }) => id);
    assert.equal(ids.length, 5);
    assert.ok(!ids.includes(lines[0]?.stream.id ?? makeStreamId(seededRandom(1))));
    assert.deepEqual(scene.served[1]?.closed, ['session-replaced']);
  });
});

describe('a representative who is paused', { timeout: 10_000 }, () => {
  const heldInAll = (): boolean[] => scene.sessions.list().map(({ input }) => input.held);
  it('is so in every session of theirs, also in one that opens later, and in nobody else’s', async () => {
    const { pair, open, sessions, grant } = begin();
    await open({ line: await pair() });
    assert.equal(sessions.hold(erin.key, true), true);
    assert.equal(sessions.hold(erin.key, true), false, 'that is nothing new');
    await open();
    grant.apply({ type: 'password', by: 'alice' });
    await open({ who: otto, line: await pair({ who: otto }) });
    assert.deepEqual(heldInAll(), [true, true, false]);
    sessions.hold(erin.key, false);
    assert.deepEqual(heldInAll(), [false, false, false]);
  });
});

describe('a question for more', { timeout: 10_000 }, () => {
  const wish = { scopes: ['web', 'terminal'], why: 'CASE-7' } as const;
  const asking = async () => {
    const { pair, open } = begin();
    await open({ line: await pair() });
    const session = scene.served.at(-1)?.session;
    assert.ok(session);
    let told = 0;
    session.onTerms(() => {
      told += 1;
    });
    return { session, told: () => told };
  };
  const widen = (change: { scopes?: readonly Scope[]; leftMs?: number }) =>
    scene.grant.apply({
      type: 'widen',
      who: erin,
      session: 's',
      scopes: change.scopes ?? [],
      leftMs: change.leftMs,
      by: 'alice',
    });

  it('is put for what is missing alone, and what is granted counts in the session that is open', async () => {
    const { session, told } = await asking();
    const { answer } = session.ask({ ...wish, scopes: [...wish.scopes] }, never);
    const ask = scene.asks.find(undefined);
    assert.deepEqual(ask.scopes, ['web']);
    assert.equal(session.allows('web'), false);
    widen({ scopes: ask.scopes });
    scene.asks.answer(ask, true);
    assert.deepEqual((await answer).scopes, ['terminal', 'files:write', 'web']);
    assert.equal(session.allows('web'), true);
    assert.equal(told(), 1);
    assert.equal(scene.history('ask-made-1').length, 1);
    assert.deepEqual(scene.history('ask-answered-1')[0]?.['by'], 'alice');
  });

  it('needs nobody when the grant allows it already', async () => {
    const { session } = await asking();
    const { answer } = session.ask({ scopes: ['files:read'], forMs: 10_000, why: 'x' }, never);
    assert.ok((await answer).leftMs > 10_000);
    assert.deepEqual(scene.asks.list(), []);
  });

  it('never shortens the grant, and never goes beyond 24 hours from Enable', async () => {
    const { session } = await asking();
    const before = scene.grant.leftMs();
    widen({ leftMs: 10_000 });
    assert.equal(scene.grant.leftMs(), before);
    widen({ leftMs: 30 * 3_600_000 });
    assert.ok(scene.grant.leftMs() <= 24 * 3_600_000);
    const { answer } = session.ask({ forMs: 24 * 3_600_000, why: 'x' }, never);
    await answer;
  });

  it('ends with the session, and is in the history', async () => {
    const { session } = await asking();
    const gone = new AbortController();
    const { answer } = session.ask({ scopes: ['web'], why: 'x' }, gone.signal);
    gone.abort(fail('ask-withdrawn'));
    await assert.rejects(answer, { code: 'ask-withdrawn' });
    assert.deepEqual(scene.history('ask-ended-1')[0]?.['code'], 'ask-withdrawn');
    scene.grant.apply({ type: 'disable', by: 'alice' });
    assert.throws(() => session.ask({ scopes: ['web'], why: 'x' }, never), { code: 'session-closed' });
  });
});
