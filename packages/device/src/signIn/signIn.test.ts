import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { GrantId } from '@sallyport/protocol/grant';
import { Secret, TOTP } from 'otpauth';
import type { ChannelSession } from '../channels/index.ts';
import { fail } from '../errors/index.ts';
import { aGrant, openState as openGrant } from '../grant/testing.ts';
import { type SignInScene, signInScene } from './testing.ts';
import { idleMs, longestMs, tokenId } from './visits.ts';

const password = 'correct horse battery';
const right = { name: 'alice', password };
const wrong = { name: 'alice', password: 'a wrong horse battery' };
const minuteMs = 60_000;
const session = { id: 's'.repeat(22), representative: 'erin@maker.example' } as unknown as ChannelSession;

let scene: SignInScene;
beforeEach(async () => {
  scene = signInScene();
  await scene.state.administrators.add('alice', password, scene.clock.wallMs());
});
afterEach(() => scene.close());

const signIn = (browser = scene.browser(), credentials: object = right) =>
  scene.signIn.signIn(browser.visit(), credentials as typeof right);
async function guess(browser: ReturnType<SignInScene['browser']>, times: number): Promise<void> {
  for (let n = 0; n < times; n += 1) {
    await assert.rejects(signIn(browser, wrong), { code: 'sign-in-wrong' });
  }
}

describe('the first administrator', () => {
  beforeEach(() => scene.state.administrators.remove('alice'));

  it('is made by the code that the agent printed, and is signed in then', async () => {
    const code = scene.signIn.setUp.code ?? '';
    assert.equal(Buffer.from(code, 'base64url').length, 16);
    const browser = scene.browser();
    await scene.signIn.setUpFirst(browser.visit(), { code, ...right });
    assert.equal(browser.visit().account?.name, 'alice');
    assert.equal(scene.signIn.setUp.code, undefined);
  });
  it('is made once', async () => {
    const code = scene.signIn.setUp.code ?? '';
    const made = ['alice', 'bob'].map((name) =>
      scene.signIn.setUpFirst(scene.browser().visit(), { code, name, password }),
    );
    await made[0];
    await assert.rejects(made[1] as Promise<unknown>, { code: 'set-up-done' });
    assert.equal(scene.state.administrators.list().length, 1);
  });
  it('is not made by another code, nor by that of an earlier start', async () => {
    const old = scene.signIn.setUp.code ?? '';
    scene.restart();
    for (const code of [old, '', 'x'.repeat(22)]) {
      const made = scene.signIn.setUpFirst(scene.browser().visit(), { code, ...right });
      await assert.rejects(made, { code: 'set-up-code-wrong' });
    }
  });
  it('is not made any more once Remote Support was enabled: a session may read what the agent printed', async () => {
    const code = scene.signIn.setUp.code ?? '';
    scene.signIn.setUp.spoil();
    assert.equal(scene.signIn.setUp.code, undefined);
    const made = scene.signIn.setUpFirst(scene.browser().visit(), { code, ...right });
    await assert.rejects(made, { code: 'set-up-code-wrong' });
  });
  it('may not have a password that attackers try first, and the code is still good', async () => {
    const code = scene.signIn.setUp.code ?? '';
    for (const common of ['password1234', 'qwertyuiop[]', 'letmeinletmein', 'alice1234567', 'xxxxxxxxxxxx']) {
      const made = scene.signIn.setUpFirst(scene.browser().visit(), {
        code,
        name: 'alice',
        password: common,
      });
      await assert.rejects(made, { code: 'password-common' });
    }
    await scene.signIn.setUpFirst(scene.browser().visit(), { code, ...right });
  });
});

describe('a sign-in', () => {
  it('is of its account, and is stored as a hash only', async () => {
    const browser = scene.browser();
    await signIn(browser);
    assert.deepEqual(
      [browser.visit().account?.name, browser.visit().account?.kind],
      ['alice', 'administrator'],
    );
    for (const name of readdirSync(scene.folder)) {
      const bytes = readFileSync(join(scene.folder, name));
      for (const secret of [browser.token, browser.browser, password]) {
        assert.ok(secret && !bytes.includes(secret), name);
      }
    }
  });
  it('ends after 30 minutes without a request', async () => {
    const browser = scene.browser();
    await signIn(browser);
    await scene.clock.advance(idleMs - 1);
    assert.ok(browser.visit().account);
    await scene.clock.advance(idleMs);
    assert.equal(browser.visit().account, undefined);
  });
  it('that is over is forgotten, and the log says that time ended it', async () => {
    const browsers = [scene.browser(), scene.browser()];
    for (const browser of browsers) await signIn(browser);
    await scene.clock.advance(idleMs - 1);
    browsers[0]?.visit();
    await scene.clock.advance(1);
    scene.signIn.sweep();
    assert.equal(scene.state.signIns.list().length, 1);
    assert.deepEqual(scene.events('signed-out-1'), [{ name: 'alice', why: 'time' }]);
    assert.ok(browsers[0]?.visit().account);
  });
  it('does not go on because a page of it is open', async () => {
    const browser = scene.browser();
    await signIn(browser);
    await scene.clock.advance(idleMs - 1);
    assert.ok(scene.signIn.visits.find(browser.token ?? '', undefined, false));
    await scene.clock.advance(1);
    assert.equal(browser.visit().account, undefined);
  });
  it('ends after 12 hours in any case', async () => {
    const browser = scene.browser();
    await signIn(browser);
    for (let passed = 0; passed < longestMs - idleMs; passed += idleMs / 2) {
      assert.ok(browser.visit().account);
      await scene.clock.advance(idleMs / 2);
    }
    await scene.clock.advance(idleMs / 2);
    await scene.clock.advance(idleMs / 2);
    assert.equal(browser.visit().account, undefined);
  });
  it('is not longer because somebody sets the clock back', async () => {
    const browser = scene.browser();
    await signIn(browser);
    scene.clock.jumpWall(-24 * 60 * minuteMs);
    await scene.clock.advance(idleMs);
    assert.equal(browser.visit().account, undefined);
  });
  it('outlives a start of the agent, with its time, and no start of the machine', async () => {
    const browser = scene.browser();
    await signIn(browser);
    await scene.clock.advance(idleMs / 2);
    scene.restart();
    assert.ok(browser.visit().account);
    scene.bootId = 'boot-b';
    scene.restart();
    assert.equal(browser.visit().account, undefined);
  });
  it('ends by sign-out, and its cookie is worth nothing then', async () => {
    const browser = scene.browser();
    await signIn(browser);
    const { token } = browser;
    scene.signIn.signOut(browser.visit());
    assert.equal(browser.token, undefined);
    assert.equal(scene.signIn.visits.find(token ?? '', undefined, true), undefined);
  });
  it('ends with its administrator', async () => {
    const browser = scene.browser();
    await signIn(browser);
    scene.state.administrators.remove('alice');
    assert.equal(browser.visit().account, undefined);
  });
  it('ends in all other browsers when the password is changed', async () => {
    const [one, other] = [scene.browser(), scene.browser()];
    await signIn(one);
    await signIn(other);
    await scene.signIn.accounts.changePassword(one.visit(), 'alice', 'another horse battery');
    assert.ok(one.visit().account);
    assert.equal(other.visit().account, undefined);
    await assert.rejects(signIn(other), { code: 'sign-in-wrong' });
    await signIn(other, { name: 'alice', password: 'another horse battery' });
  });
  it('that was made through a session is worth nothing on the site, nor the other way round', async () => {
    const [through, onSite] = [scene.browser('', session), scene.browser()];
    await signIn(through);
    await signIn(onSite);
    onSite.token = through.token;
    assert.equal(onSite.visit().account, undefined);
    await signIn(onSite);
    through.token = onSite.token;
    assert.equal(through.visit().account, undefined);
  });
  it('is told to its administrator, as a failed one is', async () => {
    await guess(scene.browser('192.0.2.66'), 1);
    await signIn(scene.browser('192.0.2.7'));
    assert.deepEqual(
      scene.signIn.accounts.tries('alice').map(({ address, ok }) => [address, ok]),
      [
        ['192.0.2.7', true],
        ['192.0.2.66', false],
      ],
    );
  });
  it('leaves no name in the log that nobody has: it may be a password', async () => {
    await assert.rejects(signIn(scene.browser(), { name: 'my secret', password }), { code: 'sign-in-wrong' });
    assert.doesNotMatch(JSON.stringify(scene.log), /my secret|correct horse/);
  });
});

describe('guessing passwords', () => {
  it('has to wait after five, and longer each time, up to a quarter of an hour', async () => {
    const waits: number[] = [];
    const stranger = scene.browser();
    await guess(stranger, 5);
    for (let n = 0; n < 7; n += 1) {
      const error = await signIn(stranger, wrong).then(
        () => undefined,
        (reason: { code: string; details: { seconds: number } }) => reason,
      );
      assert.equal(error?.code, 'sign-in-locked');
      waits.push(error?.details.seconds ?? 0);
      await scene.clock.advance((error?.details.seconds ?? 0) * 1_000);
      await guess(stranger, 1);
    }
    assert.deepEqual(waits, [30, 60, 120, 240, 480, 900, 900]);
  });
  it('is not answered while it waits, also with the right password, and does not make the wait longer', async () => {
    const stranger = scene.browser();
    await guess(stranger, 5);
    for (let n = 0; n < 10; n += 1) await assert.rejects(signIn(stranger), { code: 'sign-in-locked' });
    await scene.clock.advance(30_000);
    await signIn(stranger);
  });
  it('waits on across a start of the agent and of the machine, and not for ever', async () => {
    await guess(scene.browser(), 5);
    await scene.clock.advance(20_000);
    scene.restart();
    await assert.rejects(signIn(), { code: 'sign-in-locked', details: { seconds: 10 } });
    scene.bootId = 'boot-b';
    scene.restart();
    await assert.rejects(signIn(), { code: 'sign-in-locked', details: { seconds: 30 } });
    await scene.clock.advance(30_000);
    await signIn();
  });
  it('from many addresses counts against the account', async () => {
    for (let n = 0; n < 5; n += 1) await guess(scene.browser(`198.51.100.${n}`), 1);
    await assert.rejects(signIn(scene.browser('203.0.113.1')), { code: 'sign-in-locked' });
  });
  it('at many accounts counts against the address, of which an IPv6 network is one', async () => {
    for (let n = 0; n < 20; n += 1) {
      const browser = scene.browser(`2001:db8:0:1::${n.toString(16)}`);
      await assert.rejects(signIn(browser, { name: `nobody${n}`, password }), { code: 'sign-in-wrong' });
    }
    await assert.rejects(signIn(scene.browser('2001:db8:0:1:ffff::1')), { code: 'sign-in-locked' });
    await signIn(scene.browser('2001:db8:0:2::1'));
  });
  it('locks nobody out of a browser from which they signed in before', async () => {
    const own = scene.browser('192.0.2.7');
    await signIn(own);
    await scene.clock.advance(longestMs);
    // From the same address, too, as behind one router.
    const stranger = scene.browser('192.0.2.7');
    for (let n = 0; n < 30; n += 1) {
      await signIn(stranger, wrong).catch(() => {});
      await scene.clock.advance(15 * minuteMs);
    }
    await assert.rejects(signIn(stranger, wrong));
    await signIn(own);
  });
  it('from such a browser has to wait, too', async () => {
    const own = scene.browser();
    await signIn(own);
    await guess(own, 5);
    await assert.rejects(signIn(own), { code: 'sign-in-locked' });
    await signIn(scene.browser());
  });
  it('at a name that nobody has is locked alike, so that nobody learns which names there are', async () => {
    const nobody = { name: 'mallory', password };
    for (let n = 0; n < 5; n += 1) {
      await assert.rejects(signIn(scene.browser(`198.51.100.${n}`), nobody), { code: 'sign-in-wrong' });
    }
    await assert.rejects(signIn(scene.browser(), nobody), { code: 'sign-in-locked' });
  });
  it('is forgotten by the account with the right password, and not by the address', async () => {
    await scene.state.administrators.add('bob', password, 1);
    const stranger = scene.browser();
    for (let n = 0; n < 5; n += 1) {
      await guess(stranger, 4);
      stranger.browser = undefined;
      await signIn(stranger).catch(() => {});
      stranger.browser = undefined;
    }
    await assert.rejects(signIn(stranger, { name: 'bob', password }), { code: 'sign-in-locked' });
  });
  it('is in the audit log, with the wait', async () => {
    await guess(scene.browser('192.0.2.66'), 5);
    assert.equal(scene.events('sign-in-failed-1').length, 5);
    assert.deepEqual(scene.events('sign-in-locked-1'), [
      { name: 'alice', address: '192.0.2.66', seconds: 30 },
    ]);
  });
  it('takes one password at a time, and few wait', async () => {
    const tries = Array.from({ length: 20 }, (_, n) => signIn(scene.browser(`198.51.100.${n}`), wrong));
    const codes = (await Promise.allSettled(tries)).map(
      (result) => (result as PromiseRejectedResult).reason.code as string,
    );
    assert.deepEqual(
      [
        codes.filter((code) => code === 'sign-in-wrong').length,
        codes.filter((code) => code === 'sign-in-busy').length,
      ],
      [5, 15],
    );
  });
  it('in a flood keeps no place from a browser that is known', async () => {
    const own = scene.browser();
    await signIn(own);
    const flood = Promise.allSettled(
      Array.from({ length: 20 }, (_, n) => signIn(scene.browser(`198.51.100.${n}`), wrong)),
    );
    await signIn(own);
    await flood;
  });
});

describe('a disk that takes nothing', () => {
  const full = () => {
    throw fail('state-unwritable', { details: { reason: 'the disk is full' } });
  };
  let stored: SignInScene['state']['signIns']['add'];
  let ended: SignInScene['state']['signIns']['end'];
  beforeEach(() => {
    ({ add: stored, end: ended } = scene.state.signIns);
    Object.assign(scene.state.signIns, { add: full, seen: full, end: full, tried: full, knowBrowser: full });
    Object.assign(scene.state.lockouts, { set: full, forget: full });
  });

  it('keeps nobody from signing out who signed in before', async () => {
    const browser = scene.browser();
    Object.assign(scene.state.signIns, { add: stored });
    await signIn(browser);
    const { token } = browser;
    scene.signIn.signOut(browser.visit());
    assert.ok(scene.state.signIns.find(tokenId(token ?? '')));
    assert.equal(scene.signIn.visits.find(token ?? '', undefined, true), undefined);
    await scene.clock.advance(idleMs);
    for (let n = 0; n < 3; n += 1) scene.signIn.sweep();
    assert.deepEqual(scene.events('signed-out-1'), [{ name: 'alice', why: 'sign-out' }]);
    Object.assign(scene.state.signIns, { end: ended });
    scene.signIn.sweep();
    assert.deepEqual(scene.state.signIns.list(), []);
  });
  it('keeps nobody from signing in, and out again', async () => {
    const browser = scene.browser();
    await signIn(browser);
    await scene.clock.advance(idleMs / 2);
    assert.equal(browser.visit().account?.name, 'alice');
    const { token } = browser;
    scene.signIn.signOut(browser.visit());
    assert.equal(scene.signIn.visits.find(token ?? '', undefined, true), undefined);
  });
  it('makes no guess free', async () => {
    await guess(scene.browser(), 5);
    await assert.rejects(signIn(), { code: 'sign-in-locked' });
    await scene.clock.advance(30_000);
    await signIn();
    await guess(scene.browser(), 4);
  });
});

describe('one-time codes', () => {
  const codeAt = (secret: string, ms: number): string =>
    new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: ms });
  let secret: string;
  beforeEach(() => {
    const made = scene.signIn.accounts.startTotp('alice');
    secret = made.secret;
    assert.match(made.uri, /^otpauth:\/\/totp\/Sallyport:alice%40press-7\?/);
    assert.match(made.qr, /^<svg /);
  });

  it('are asked for when a first one was right', async () => {
    await signIn();
    assert.throws(() => scene.signIn.accounts.confirmTotp('alice', '000000'), { code: 'totp-wrong' });
    scene.signIn.accounts.confirmTotp('alice', codeAt(secret, scene.clock.wallMs()));
    await assert.rejects(signIn(), { code: 'totp-needed' });
    await scene.clock.advance(30_000);
    await signIn(scene.browser(), { ...right, totp: codeAt(secret, scene.clock.wallMs()) });
  });
  it('are good once', async () => {
    const first = codeAt(secret, scene.clock.wallMs());
    scene.signIn.accounts.confirmTotp('alice', first);
    await assert.rejects(signIn(scene.browser(), { ...right, totp: first }), { code: 'sign-in-wrong' });
    await scene.clock.advance(30_000);
    const second = codeAt(secret, scene.clock.wallMs());
    await signIn(scene.browser(), { ...right, totp: second });
    await assert.rejects(signIn(scene.browser(), { ...right, totp: second }), { code: 'sign-in-wrong' });
  });
  it("are those of the relay's time where the own clock is wrong, and each is still good once", async () => {
    const relayTime = scene.clock.wallMs() + 3 * 365 * 86_400_000;
    assert.throws(() => scene.signIn.accounts.confirmTotp('alice', codeAt(secret, relayTime)), {
      code: 'totp-wrong',
    });
    scene.relayTime = relayTime;
    scene.signIn.accounts.confirmTotp('alice', codeAt(secret, relayTime));
    const next = codeAt(secret, relayTime + 30_000);
    await signIn(scene.browser(), { ...right, totp: next });
    await assert.rejects(signIn(scene.browser(), { ...right, totp: next }), { code: 'sign-in-wrong' });
    // A relay that is wrong itself keeps nobody out who has not used a later code.
    scene.relayTime = undefined;
    await assert.rejects(signIn(scene.browser(), { ...right, totp: codeAt(secret, scene.clock.wallMs()) }), {
      code: 'sign-in-wrong',
    });
  });
  it('count as guesses when they are wrong, and are not asked for with a wrong password', async () => {
    scene.signIn.accounts.confirmTotp('alice', codeAt(secret, scene.clock.wallMs()));
    await assert.rejects(signIn(scene.browser(), wrong), { code: 'sign-in-wrong' });
    for (let n = 0; n < 4; n += 1) {
      await assert.rejects(signIn(scene.browser(), { ...right, totp: '000000' }), { code: 'sign-in-wrong' });
    }
    await assert.rejects(signIn(), { code: 'sign-in-locked' });
  });
  it('are begun anew after ten minutes', async () => {
    await scene.clock.advance(10 * minuteMs + 1);
    const code = codeAt(secret, scene.clock.wallMs());
    assert.throws(() => scene.signIn.accounts.confirmTotp('alice', code), { code: 'totp-not-started' });
  });
});

describe('a temporary administrator', () => {
  const onSite = () => scene.browser().visit();
  const grantOf = (id: GrantId) => ({ id, endsAt: scene.clock.wallMs() + 60 * minuteMs });

  it('has a generated password, and ends with the grant', async () => {
    scene.state.grants.save(openGrant(), 1);
    scene.grant = grantOf(aGrant.id);
    const made = await scene.signIn.accounts.addTemporary(onSite(), { until: 'grant' });
    assert.match(made.password, /^([a-z2-9]{5}-){3}[a-z2-9]{5}$/);
    const browser = scene.browser();
    await signIn(browser, made);
    assert.equal(browser.visit().account?.kind, 'temporary');
    const visit = browser.visit();
    assert.ok(visit.alive());
    scene.grant = undefined;
    assert.ok(!visit.alive());
    scene.grant = grantOf('f'.repeat(32) as GrantId);
    assert.ok(!visit.alive(), 'nor does it come back with the next');
    scene.state.grants.save({ at: 'ended', grant: aGrant.id, reason: 'disabled' }, 2);
    assert.equal(scene.state.administrators.find(made.name), undefined);
  });
  it('that ends with the grant needs one', async () => {
    await assert.rejects(scene.signIn.accounts.addTemporary(onSite(), { until: 'grant' }), {
      code: 'not-enabled',
    });
  });
  it('ends at a chosen time, by the time that passes and not by the clock', async () => {
    const made = await scene.signIn.accounts.addTemporary(onSite(), {
      name: 'nightshift',
      until: { ms: 10 * minuteMs },
    });
    const browser = scene.browser();
    await signIn(browser, made);
    scene.clock.jumpWall(-24 * 60 * minuteMs);
    await scene.clock.advance(10 * minuteMs - 1);
    scene.signIn.sweep();
    assert.ok(browser.visit().account);
    await scene.clock.advance(1);
    assert.equal(browser.visit().account, undefined);
    scene.signIn.sweep();
    assert.deepEqual(scene.events('administrator-ended-1'), [{ name: 'nightshift' }]);
    assert.deepEqual(
      scene.state.administrators.list().map(({ name }) => name),
      ['alice'],
    );
  });
  it('is not longer after a start of the machine with a clock that was set back', async () => {
    const made = await scene.signIn.accounts.addTemporary(onSite(), { until: { ms: 10 * minuteMs } });
    scene.bootId = 'boot-b';
    scene.clock.jumpWall(-1_000);
    await assert.rejects(signIn(scene.browser(), made), { code: 'sign-in-wrong' });
  });
});

describe('the last administrator who stays', () => {
  it('is not removed', async () => {
    const visit = scene.browser().visit();
    await scene.signIn.accounts.addTemporary(visit, { until: { ms: 10 * minuteMs } });
    assert.throws(() => scene.signIn.accounts.remove(visit, 'alice'), { code: 'administrator-last' });
    await scene.signIn.accounts.add(visit, 'bob', password);
    scene.signIn.accounts.remove(visit, 'alice');
  });
});
