import assert from 'node:assert/strict';
import { readdirSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { connect as tlsConnect } from 'node:tls';
import { type Clock, silentLog } from '@sallyport/protocol/environment';
import { makeWebCertificate } from '@sallyport/protocol/issue';
import { seededRandom } from '@sallyport/protocol/testing';
import { systemClock } from '@sallyport/runtime/clock';
import { rootVisit } from '../signIn/index.ts';
import {
  type Answer,
  type Ask,
  aSession,
  cookiesOf,
  exchange,
  password,
  type WebScene,
  webScene,
} from './testing.ts';
import { confirmWithinMs, WebTrials, type WebTrialsOptions } from './trials.ts';

let scene: WebScene;
let trials: WebTrials;
let due: { ms: number; run: () => void }[];
/** Its timers run when the test says so: those of listeners and connections are real. */
const clock: Clock = {
  ...systemClock(),
  after: (ms, run) => {
    const timer = { ms, run };
    due.push(timer);
    return {
      cancel: () => {
        due = due.filter((one) => one !== timer);
      },
    };
  },
};
const pass = async (ms: number): Promise<void> => {
  const over = due.filter((timer) => timer.ms === ms);
  due = due.filter((timer) => timer.ms !== ms);
  for (const { run } of over) run();
  // Its taking back is a few turns of sockets that close and open.
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

function make(options: Partial<WebTrialsOptions['configured']> = {}, of: WebScene = scene): WebTrials {
  const made = new WebTrials({
    web: of.web,
    folder: of.folder,
    settings: of.state.settings,
    clock,
    random: seededRandom(due.length + 3),
    log: silentLog,
    configured: { web: { address: '127.0.0.1', port: 0 }, files: undefined, names: [], ...options },
    audit: (event, fields) => of.subject.journal.write(event, fields),
    changed: () => {},
  });
  of.subject.tellWeb(made);
  return made;
}
type Place = { readonly address: string; readonly port: number };
const at = (): Place[] => [...scene.web.listeners()];

/** Asks at one of the addresses, with the cookies of alice. */
async function ask(place: Place | undefined, asked: Ask, cookie?: string): Promise<Answer> {
  const { address, port } = place ?? { address: '', port: 0 };
  const secure = address !== '127.0.0.1';
  const host = `127.0.0.1:${port}`;
  const socket = secure
    ? tlsConnect({ port, host: '127.0.0.1', rejectUnauthorized: false })
    : connect(port, '127.0.0.1');
  const headers = { host, origin: `${secure ? 'https' : 'http'}://${host}`, ...(cookie ? { cookie } : {}) };
  return exchange(socket, { ...asked, headers });
}
const signIn = async (place: Place | undefined): Promise<string> =>
  cookiesOf(await ask(place, { method: 'POST', path: '/v1/sign-in', body: { name: 'alice', password } }));
const begin = (place: Place | undefined, cookie: string, body: object) =>
  ask(place, { method: 'POST', path: '/v1/web/trial', body }, cookie);

beforeEach(async () => {
  due = [];
  scene = await webScene();
  await scene.state.administrators.add('alice', password, 1);
  trials = make();
  await trials.start();
});
afterEach(async () => {
  trials.stop();
  await scene.close();
});

describe('another address of the web interface', { timeout: 60_000 }, () => {
  it('is listened on beside the one of before, and stays when it is confirmed there and not elsewhere', async () => {
    const [first] = at();
    const cookie = await signIn(first);
    const begun = await begin(first, cookie, { address: '0.0.0.0:0' });
    assert.equal(begun.status, 200, begun.text);
    const { id } = begun.json() as unknown as { id: string };
    const [, second] = at();
    assert.equal(second?.address, '0.0.0.0');
    const path = `/v1/web/trial/${id}/confirm`;
    assert.equal((await ask(first, { method: 'POST', path }, cookie)).error, 'web-trial-elsewhere');
    assert.equal((await begin(first, cookie, { address: '127.0.0.1:1' })).error, 'web-trial-standing');
    const there = await signIn(second);
    const seen = (await ask(second, { path: '/v1/web/trial' }, there)).json() as unknown as {
      standing: { here: boolean };
    };
    assert.equal(seen.standing.here, true);
    assert.equal((await ask(second, { method: 'POST', path }, there)).status, 200);
    assert.deepEqual(at(), [second]);

    // The next start of the agent listens there.
    await scene.web.close();
    const next = await webScene();
    next.state.settings.set('web', scene.state.settings.get('web') ?? '');
    const started = await make({}, next).start();
    assert.deepEqual(started?.at, second);
    await next.close();
  });

  it('is taken back after a minute, and was never stored', async () => {
    const [first] = at();
    await begin(first, await signIn(first), { address: '0.0.0.0:0' });
    assert.equal(at().length, 2);
    await pass(confirmWithinMs);
    assert.deepEqual(at(), [first]);
    assert.equal(scene.state.settings.get('web'), undefined);
    assert.equal(trials.view().last?.outcome, 'taken-back');
  });

  it('may be the same port: the one of before ends, and begins again when that is taken back', async () => {
    const [first] = at();
    const cookie = await signIn(first);
    const begun = await begin(first, cookie, { address: `0.0.0.0:${first?.port}` });
    assert.equal(begun.status, 200, begun.text);
    assert.deepEqual(at(), [{ address: '0.0.0.0', port: first?.port }]);
    await pass(confirmWithinMs);
    assert.deepEqual(at(), [first]);
    assert.equal((await ask(first, { path: '/v1/me' })).status, 200);
  });

  it('is refused where nothing can listen there, and all is as before', async () => {
    const [first] = at();
    const cookie = await signIn(first);
    for (const [address, code] of [
      ['203.0.113.77:443', 'address-in-use'],
      [`203.0.113.77:${first?.port}`, 'address-in-use'],
      ['example.com:443', 'web-address-malformed'],
      ['127.0.0.1:99999', 'web-address-malformed'],
    ]) {
      assert.equal((await begin(first, cookie, { address })).error, code, address);
    }
    assert.equal((await begin(first, cookie, {})).error, 'message-malformed');
    assert.deepEqual(at(), [first]);
    assert.equal(trials.view().standing, null);
  });

  it('that is gone at the next start gives way to the one that is configured', async () => {
    scene.state.settings.set('web', JSON.stringify({ address: '203.0.113.77:443', certificate: 'own' }));
    const again = make();
    const listener = await again.start();
    assert.equal(listener?.at.address, '127.0.0.1');
    scene.state.settings.set('web', '{"address":"nonsense","certificate":"own"}');
    assert.equal((await make().start())?.at.address, '127.0.0.1');
  });

  it('is not kept any more while the one of before cannot listen again', async () => {
    const [first] = at();
    const { id } = await trials.begin({ address: `0.0.0.0:${first?.port}` }, 'alice');
    const { open } = scene.web;
    scene.web.open = async () => {
      throw new Error('not yet');
    };
    await pass(confirmWithinMs);
    await assert.rejects(trials.confirm(id, rootVisit(undefined)), { code: 'web-trial-unknown' });
    scene.web.open = open;
    await pass(2_000);
    assert.deepEqual(at(), [first]);
    assert.equal(scene.state.settings.get('web'), undefined);
  });

  it('gives way to the one of before also where that cannot listen again at once', async () => {
    const [first] = at();
    const { open } = scene.web;
    scene.web.open = async () => {
      throw new Error('not yet');
    };
    await assert.rejects(trials.begin({ address: `0.0.0.0:${first?.port}` }, 'alice'), /not yet/);
    await pass(2_000);
    scene.web.open = open;
    assert.deepEqual(at(), []);
    await pass(4_000);
    assert.deepEqual(at(), [first]);
    assert.equal((await ask(first, { path: '/v1/me' })).status, 200);
  });

  it('is not opened any more while everything closes', async () => {
    const opening = trials.begin({ address: '0.0.0.0:0' }, 'alice');
    await scene.web.close();
    await assert.rejects(opening);
  });

  it('is confirmed by root on the device, whatever way', async () => {
    const { id } = await trials.begin({ address: '0.0.0.0:0' }, 'alice');
    await assert.rejects(trials.confirm('x', rootVisit(undefined)), { code: 'web-trial-unknown' });
    await trials.confirm(id, rootVisit(undefined));
    assert.deepEqual(
      at().map(({ address }) => address),
      ['0.0.0.0'],
    );
  });

  it('is nothing that a session decides', async () => {
    const answer = await scene.askThrough(aSession(), {
      method: 'POST',
      path: '/v1/web/trial',
      body: { address: '0.0.0.0:0' },
    });
    assert.equal(answer.error, 'consent-read-only');
  });
});

describe('another certificate of the web interface', { timeout: 60_000 }, () => {
  const day = 24 * 3_600_000;
  const issue = (from: number, until: number) =>
    makeWebCertificate({
      names: ['device.example'],
      now: Date.now() + from,
      until: Date.now() + until,
      random: seededRandom(Math.abs(from) + 1),
    });

  it('is shown from now on, and stays when it is confirmed by a connection under it; then the made one again', async () => {
    const { id } = await trials.begin({ address: '0.0.0.0:0' }, 'alice');
    await trials.confirm(id, rootVisit(undefined));
    const [place] = at();
    const cookie = await signIn(place);
    const supplied = await issue(-day, 30 * day);
    const begun = await begin(place, cookie, { certificate: supplied });
    assert.equal(begun.status, 200, begun.text);
    const { standing } = trials.view();
    const shown = await ask(place, { path: '/v1/web/trial' }, cookie);
    assert.deepEqual((shown.json() as unknown as { standing: { here: boolean } }).standing.here, true);
    const confirmed = await ask(
      place,
      { method: 'POST', path: `/v1/web/trial/${standing?.id}/confirm` },
      cookie,
    );
    assert.equal(confirmed.status, 200, confirmed.text);
    assert.equal(scene.web.listening()?.fingerprint, standing?.fingerprint);
    const files = readdirSync(scene.folder).filter((name) => /^web-\w+\./.test(name));
    assert.equal(files.length, 2);
    for (const name of files) assert.equal(statSync(join(scene.folder, name)).mode & 0o777, 0o600);
    assert.ok(!JSON.stringify(scene.state.audit.list(100)).includes('PRIVATE KEY'));

    await begin(place, cookie, { certificate: 'own' });
    await pass(confirmWithinMs);
    assert.equal(scene.web.listening()?.fingerprint, standing?.fingerprint, 'taken back');
    const own = await trials.begin({ certificate: 'own' }, 'alice');
    await trials.confirm(own.id, rootVisit(undefined));
    assert.notEqual(scene.web.listening()?.fingerprint, standing?.fingerprint);
    assert.deepEqual(
      readdirSync(scene.folder).filter((name) => /^web-\w+\./.test(name)),
      [],
    );
  });

  it('is kept where its address is gone at a start, and another change is taken back', async () => {
    const { id } = await trials.begin(
      { address: '0.0.0.0:0', certificate: await issue(-day, 30 * day) },
      'alice',
    );
    await trials.confirm(id, rootVisit(undefined));
    const stored = JSON.parse(scene.state.settings.get('web') ?? '') as object;
    scene.state.settings.set('web', JSON.stringify({ ...stored, address: '203.0.113.77:443' }));
    const again = make();
    await again.start();
    await again.begin({ address: '0.0.0.0:0' }, 'alice');
    await pass(confirmWithinMs);
    assert.equal(again.view().last?.outcome, 'taken-back');
    assert.equal(readdirSync(scene.folder).filter((name) => /^web-\w+\./.test(name)).length, 2);
  });

  it('is refused where it is none, ran out, or its key is another, and leaves no file', async () => {
    const [first] = at();
    const cookie = await signIn(first);
    const [good, other, old, early] = [
      await issue(-day, day),
      await issue(-2 * day, day),
      await issue(-9 * day, -day),
      await issue(day, 9 * day),
    ];
    for (const certificate of [
      { ...good, key: other.key },
      old,
      early,
      { ...good, certificate: 'x' },
      { ...good, key: '-----BEGIN PRIVATE KEY-----\n' },
    ]) {
      const { error, text } = await begin(first, cookie, { certificate });
      assert.equal(error, 'web-certificate-invalid', text);
      assert.ok(!text.includes('PRIVATE KEY'));
    }
    assert.deepEqual(
      readdirSync(scene.folder).filter((name) => /^web-\w+\./.test(name)),
      [],
    );
    assert.deepEqual(at(), [first]);
  });
});
