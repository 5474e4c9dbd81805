import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { cookiesOf, password, type WebScene, webScene } from '../web/testing.ts';

let scene: WebScene;
let cookie = '';
before(async () => {
  scene = await webScene();
  await scene.listen();
  await scene.state.administrators.add('alice', password, 1);
  cookie = cookiesOf(
    await scene.ask({ method: 'POST', path: '/v1/sign-in', body: { name: 'alice', password } }),
  );
});
after(() => scene.close());
const get = async (path: string) => (await scene.ask({ path, headers: { cookie } })).json();
const patch = (body: object) =>
  scene.ask({ method: 'PATCH', path: '/v1/settings', body, headers: { cookie } });

describe('the choices of the dialog before Enable', () => {
  it('are what can run here, for four hours, before anybody chose', async () => {
    assert.deepEqual(await get('/v1/choices'), {
      forMs: 4 * 3_600_000,
      scopes: ['web'],
      approval: false,
      runAs: { kind: 'missing' },
    });
  });
  it('are the defaults once somebody set them, and then the last choice, unless that is not wanted', async () => {
    const defaults = {
      forMs: 3_600_000,
      scopes: ['web', 'tcp:127.0.0.1:80'],
      approval: true,
      remember: true,
    };
    assert.equal((await patch({ defaults })).status, 200);
    const { runAs: _, ...choices } = await get('/v1/choices');
    assert.deepEqual(choices, { forMs: 3_600_000, scopes: ['web', 'tcp:127.0.0.1:80'], approval: true });

    const chosen = { forMs: 7_200_000, scopes: ['web'] as const, approval: false, reference: 'CASE-7' };
    scene.state.settings.set('last-choices', JSON.stringify(chosen));
    assert.equal((await get('/v1/choices'))['reference'], 'CASE-7');

    await patch({ defaults: { ...defaults, remember: false } });
    scene.state.settings.set('last-choices', JSON.stringify(chosen));
    assert.equal((await get('/v1/choices'))['forMs'], 3_600_000);
  });
  it('are the defaults when what is stored makes no sense', async () => {
    await patch({ defaults: { forMs: 3_600_000, scopes: ['web'], approval: false, remember: true } });
    for (const text of ['{', '{"forMs":1}', '[]']) {
      scene.state.settings.set('last-choices', text);
      assert.equal((await get('/v1/choices'))['forMs'], 3_600_000);
    }
  });
});

describe('settings', () => {
  it('tell where the web interface listens', async () => {
    assert.deepEqual((await get('/v1/settings'))['outboundPort'], 'automatic');
    assert.equal((await get('/v1/settings'))['web'], null, 'nobody told this agent');
  });
  it('refuse a wrong value, and change nothing then', async () => {
    const before = await get('/v1/settings');
    for (const body of [
      { outboundPort: 0 },
      { outboundPort: '443' },
      { proxy: { kind: 'http', host: 'a/b', port: 1 } },
      { proxy: { kind: 'ftp', host: 'a', port: 1 } },
      { proxy: { kind: 'http', host: 'a', port: 0 } },
      { sourceInterface: '../eth0' },
      { defaults: { forMs: 1, scopes: ['web'], approval: false, remember: true } },
      { nothing: 1 },
    ]) {
      assert.equal((await patch(body)).error, 'message-malformed', JSON.stringify(body));
    }
    assert.equal((await patch({ outboundPort: 443 })).error, 'not-enrolled');
    assert.equal((await patch({ sourceInterface: 'nothing0' })).error, 'source-interface-unusable');
    assert.deepEqual(await get('/v1/settings'), before);
  });
  it('have a proxy, whose password is kept for it alone, and told nowhere', async () => {
    const proxy = { kind: 'http', host: 'proxy.example', port: 3128, name: 'device' } as const;
    const secret = 'pass/word of the proxy';
    const told = async (body: object | null) => {
      const { text } = await patch({ proxy: body });
      assert.ok(!text.includes(secret));
      return JSON.parse(text).proxy;
    };
    assert.deepEqual(await told({ ...proxy, password: secret }), { ...proxy, hasPassword: true });
    assert.deepEqual(scene.agent.proxy, { ...proxy, password: secret });
    assert.deepEqual(await told(proxy), { ...proxy, hasPassword: true }, 'left out: the one before');
    for (const other of [{ host: 'evil.example' }, { port: 3129 }, { name: 'x' }, { kind: 'socks5' }]) {
      assert.equal((await told({ ...proxy, ...other }))['hasPassword'], false, JSON.stringify(other));
      assert.equal(scene.agent.proxy?.password, undefined);
      await told({ ...proxy, password: secret });
    }
    const mode = statSync(join(scene.folder, 'state.sqlite')).mode & 0o777;
    assert.equal(mode, 0o600);
    scene.subject.journal.flush();
    assert.ok(!JSON.stringify(scene.state.audit.list(100)).includes(secret));
    assert.equal(await told(null), null);
    assert.equal(scene.agent.proxy, undefined);
  });
  it('are in the audit log once, with who changed them', async () => {
    await patch({ outboundPort: 'automatic' });
    scene.subject.journal.flush();
    const entry = scene.state.audit.list(10).find(({ event }) => event === 'settings-changed-1');
    assert.deepEqual(entry?.fields, { by: 'alice', settings: ['outboundPort'], outboundPort: 'automatic' });
    assert.deepEqual(scene.state.audit.list(10, { event: 'request-done-1' }), []);
  });
});

describe('the audit log', () => {
  it('is read in pages, the newest first', async () => {
    for (let n = 0; n < 5; n += 1) scene.state.audit.append('agent-started-1', { n }, n);
    const page = async (query: string) =>
      (await get(`/v1/audit?${query}`))['entries'] as unknown as { seq: number; at: string }[];
    const first = await page('limit=2');
    assert.equal(first.length, 2);
    const [, last] = first;
    const second = await page(`limit=2&before=${last?.seq}`);
    assert.deepEqual(
      second.map(({ seq }) => seq),
      [(last?.seq ?? 0) - 1, (last?.seq ?? 0) - 2],
    );
    assert.match(second[0]?.at ?? '', /^1970-01-01T00:00:00\.\d{3}Z$/);
    assert.equal(
      (await scene.ask({ path: '/v1/audit?limit=0', headers: { cookie } })).error,
      'message-malformed',
    );
    assert.equal(
      (await scene.ask({ path: '/v1/audit?limit=201', headers: { cookie } })).error,
      'message-malformed',
    );
  });
});
