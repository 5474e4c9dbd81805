import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { launchChromium } from '../../scripts/stage/chromium.ts';
import { programs, type Service, startService, type TestStage, testStage } from '../stage/index.ts';

const password = 'correct horse battery';
type Answer = { status: number; body: { error?: { code: string }; me?: Record<string, unknown> } };

let stage: TestStage;
let browser: Browser;
let web: Service;
let context: BrowserContext;
let page: Page;
const complaints: string[] = [];

/** Asks as the page does. */
const ask = (method: string, path: string, body?: object): Promise<Answer> =>
  page.evaluate(
    async ([how = '', where = '', text = '']) => {
      const headers = text === '' ? {} : { 'content-type': 'application/json' };
      const answer = await fetch(where, { method: how, headers, ...(text === '' ? {} : { body: text }) });
      return { status: answer.status, body: (await answer.json()) as never };
    },
    [method, path, body ? JSON.stringify(body) : ''],
  );

describe('the web interface of the device in a representative’s browser', { timeout: 180_000 }, () => {
  before(async () => {
    stage = await testStage();
    const file = join(stage.files, 'password');
    writeFileSync(file, `${password}\n`, { mode: 0o600 });
    await stage.device(['admin', 'add', 'alice', '--password-file', file]);
    const erin = await stage.representative('erin@maker.example');
    const grant = await stage.fresh('--for', '1h', '--allow', 'web');
    await stage.pair(erin, grant);
    web = startService(programs.support, ['web', String(grant.port), '--json'], { SALLYPORT_DATA: erin });
    const { address } = JSON.parse(await web.line(/^\{/)) as { address: string };
    browser = await launchChromium();
    context = await browser.newContext();
    page = await context.newPage();
    page.on('console', (message) => {
      if (/Content Security Policy|Permissions-Policy/.test(message.text())) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(address);
  });
  after(async () => {
    await browser?.close();
    await web?.end();
    await stage?.end();
  });

  it('shows them in, in their own name, without a sign-in', async () => {
    await page.getByRole('heading', { level: 1 }).waitFor();
    const { body } = await ask('GET', '/v1/me');
    assert.deepEqual(
      [body.me?.['name'], body.me?.['kind'], body.me?.['mayConsent']],
      ['erin@maker.example', 'representative', false],
    );
  });
  it('breaks none of its own rules about scripts and styles', () => {
    assert.deepEqual(complaints, []);
  });
  it('takes a real account’s password, keeps the cookie, and lets them decide nothing all the same', async () => {
    assert.equal((await ask('POST', '/v1/sign-in', { name: 'alice', password })).status, 200);
    const cookies = (await context.cookies()).filter(({ name }) => name.startsWith('__Host-'));
    assert.equal(cookies.length, 2);
    for (const { secure, httpOnly, sameSite } of cookies) {
      assert.deepEqual([secure, httpOnly, sameSite], [true, true, 'Strict']);
    }
    const { body } = await ask('GET', '/v1/me');
    assert.deepEqual(
      [body.me?.['name'], body.me?.['through'], body.me?.['mayConsent']],
      ['alice', 'erin@maker.example', false],
    );
    for (const [method, path, sent] of [
      ['POST', '/v1/grant/extension', { forMs: 7_200_000 }],
      ['POST', '/v1/administrators', { name: 'erin', password }],
      ['POST', '/v1/me/password', { password, next: 'another horse battery' }],
      ['PATCH', '/v1/settings', { outboundPort: 'automatic' }],
      ['DELETE', '/v1/grant', undefined],
      ['GET', '/v1/grant/password', undefined],
    ] as const) {
      const refused = await ask(method, path, sent);
      assert.deepEqual([refused.status, refused.body.error?.code], [403, 'consent-read-only'], path);
    }
  });
  it('says in the audit log of the device who they were, and as whom, and shows them only their own', async () => {
    const { body } = await ask('GET', '/v1/audit?limit=50');
    const { entries: seen } = body as unknown as { entries: { fields: Record<string, unknown> }[] };
    assert.ok(seen.every(({ fields }) => fields['representative'] === 'erin@maker.example'));
    const { stdout } = await stage.device(['audit', 'export']);
    const entries = stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as { event: string; fields: Record<string, unknown> });
    const refused = entries.filter(({ event }) => event === 'request-refused-1').map(({ fields }) => fields);
    assert.equal(refused.length, 6);
    for (const { name, representative } of refused) {
      assert.deepEqual([name, representative], ['alice', 'erin@maker.example']);
    }
    const names = entries.filter(({ event }) => event === 'signed-in-1').map(({ fields }) => fields['name']);
    assert.deepEqual(names.sort(), ['alice', 'erin@maker.example']);
  });
  it('has its like on the device itself, which keeps the cookies of a sign-in without TLS on loopback', async () => {
    const through = page;
    for (const host of ['127.0.0.1', 'localhost']) {
      const visit = await browser.newContext();
      page = await visit.newPage();
      await page.goto(`http://${host}:${stage.webPort}/sign-in`);
      assert.equal((await ask('POST', '/v1/sign-in', { name: 'alice', password })).status, 200);
      assert.equal((await ask('GET', '/v1/status')).status, 200, host);
      await visit.close();
    }
    page = through;
  });
  it('is closed to them within a moment of Disable', async () => {
    await stage.device(['disable']);
    const answer = await page.evaluate(() =>
      fetch('/v1/me').then(
        ({ status }) => status,
        () => 0,
      ),
    );
    assert.notEqual(answer, 200);
  });
});
