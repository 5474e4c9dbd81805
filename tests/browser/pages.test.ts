import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { buildUi } from '../../scripts/build/ui.ts';
import { launchChromium } from '../../scripts/stage/chromium.ts';
import { type Visitor, visitor } from '../../scripts/stage/visitor.ts';
import { type TestStage, testStage } from '../stage/index.ts';

const password = 'wombat ladder orbit nine';
const pages = [
  '/remote-support',
  '/connection-test',
  '/history',
  '/administrators',
  '/network',
  '/settings',
  '/account',
];
/** The most that the first page may take, compressed, in bytes. */
const firstPageCap = 250_000;
let stage: TestStage;
let browser: Browser;
let base: string;
let desk: Visitor;
let phone: Visitor;
/** A window of 1280 pixels at 200 %: half as wide for the page. */
let zoomed: Visitor;

before(async () => {
  await buildUi('device-ui');
  // One after the other: what is there when the next fails is ended.
  browser = await launchChromium();
  stage = await testStage();
  base = `http://127.0.0.1:${stage.webPort}`;
  const file = join(stage.files, 'password');
  writeFileSync(file, password);
  await stage.device(['admin', 'add', 'alice', '--password-file', file]);
  desk = await visitor(browser, base, { scheme: 'dark' });
  phone = await visitor(browser, base, { width: 390, language: 'de-DE' });
  zoomed = await visitor(browser, base, { width: 640, language: 'de-DE' });
  for (const one of [desk, phone, zoomed]) await one.signIn('alice', password);
});
after(async () => {
  await browser?.close();
  await stage?.end();
});

describe('every page', { timeout: 240_000 }, () => {
  for (const path of pages) {
    it(`${path} is sound at the desk, on a telephone, and at 200 %`, async () => {
      for (const one of [desk, phone, zoomed]) {
        await one.go(path);
        await one.page.locator('[aria-busy]').waitFor({ state: 'detached' });
        await one.check(path);
      }
    });
  }

  it('that is not there says so', async () => {
    await desk.go('/nothing');
    await desk.page.getByRole('heading', { level: 1, name: 'There is no such page' }).waitFor();
    await desk.check('not found');
  });

  it('comes first with no more than 250 KB, from this device alone', async () => {
    const stranger = await visitor(browser, base);
    await stranger.signIn('alice', password);
    await stranger.page.goto(base);
    await stranger.page.getByRole('heading', { name: 'Remote Support is off' }).waitFor();
    const bytes = (await stranger.page.evaluate(
      `[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
        .filter(({ name }) => !name.includes('/v1/'))
        .reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0)`,
    )) as number;
    assert.ok(bytes > 100_000 && bytes <= firstPageCap, `${bytes} bytes`);
    assert.deepEqual(stranger.complaints, []);
    await stranger.close();
  });
});

describe('the menu', { timeout: 240_000 }, () => {
  it('is a drawer on a telephone, which closes with the page that was chosen', async () => {
    await phone.go('/remote-support');
    await phone.page.getByRole('button', { name: 'Menü öffnen' }).press('Enter');
    await phone.page.getByRole('link', { name: 'Einstellungen' }).waitFor();
    await phone.check('drawer');
    await phone.page.getByRole('link', { name: 'Einstellungen' }).press('Enter');
    await phone.page.getByRole('heading', { level: 1, name: 'Einstellungen' }).waitFor();
    await phone.page.getByRole('link', { name: 'Einstellungen' }).waitFor({ state: 'hidden' });
  });

  it('is skipped by the first press of Tab and Enter', async () => {
    await desk.go('/administrators');
    await desk.page.keyboard.press('Tab');
    assert.equal(await desk.page.evaluate('document.activeElement.textContent'), 'Skip to the content');
    await desk.page.keyboard.press('Enter');
    assert.equal(await desk.page.evaluate('document.activeElement.id'), 'content');
  });

  it('changes the language and the colours at once, and keeps them', async () => {
    await desk.page.getByLabel('Language').selectOption('de');
    await desk.page.getByRole('heading', { level: 1, name: 'Administratoren' }).waitFor();
    assert.equal(await desk.page.evaluate('document.documentElement.lang'), 'de');
    await desk.page.getByLabel('Aussehen').selectOption('light');
    await desk.page.reload();
    await desk.page.getByRole('heading', { level: 1, name: 'Administratoren' }).waitFor();
    await desk.check('administrators, light and in German');
    await desk.page.getByLabel('Sprache').selectOption('en');
    await desk.page.getByRole('heading', { level: 1, name: 'Administrators' }).waitFor();
  });
});

describe('administrators', { timeout: 240_000 }, () => {
  it('make a temporary one, whose password is shown once, and who decides nothing about the grant', async () => {
    await stage.fresh();
    await desk.go('/administrators');
    await desk.page.getByRole('button', { name: 'Temporary administrator' }).press('Enter');
    const dialog = desk.page.getByRole('dialog');
    await dialog.getByLabel('With Remote Support').waitFor();
    await desk.check('temporary administrator');
    await dialog.getByRole('button', { name: 'Add' }).press('Enter');
    await dialog.getByText('The password is shown now').waitFor();
    await desk.check('password shown once');
    const name = await dialog.locator('bdi').innerText();
    await dialog.getByRole('button', { name: 'Copy the password' }).press('Enter');
    const secret = (await desk.page.evaluate('navigator.clipboard.readText()')) as string;
    await dialog.getByRole('button', { name: 'I have it' }).press('Enter');
    await desk.page.getByText('Ends with Remote Support').waitFor();

    const guest = await visitor(browser, base);
    await guest.signIn(name, secret);
    await guest.page.getByText('Only an administrator on site sees the password.').waitFor();
    const disable = guest.page.getByRole('button', { name: 'Disable Remote Support' });
    assert.equal(await disable.getAttribute('aria-disabled'), 'true');
    await guest.check('page of somebody who may only look');
    await stage.device(['disable']);
    await guest.page.waitForURL(/sign-in/);
    await guest.close();
  });

  it('say at the field what is wrong with a new name', async () => {
    await desk.page.getByRole('button', { name: 'Add an administrator' }).press('Enter');
    const dialog = desk.page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('alice');
    await dialog.locator('input[autocomplete="new-password"]').fill(password);
    await desk.page.keyboard.press('Enter');
    await dialog.getByText('There is an administrator of this name already.').waitFor();
    assert.equal(await desk.page.evaluate('document.activeElement.autocomplete'), 'username');
    await desk.page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
  });
});

describe('settings', { timeout: 240_000 }, () => {
  it('change what Enable suggests', async () => {
    await desk.go('/settings');
    const defaults = desk.page.getByRole('region', { name: 'When Remote Support is enabled' });
    await defaults.getByLabel('Terminal and commands').press('Space');
    await defaults.getByText('1 hr', { exact: true }).click();
    await defaults.getByRole('button', { name: 'Save' }).press('Enter');
    await defaults.getByText('Saved').waitFor();
    await desk.page.getByRole('link', { name: 'Remote Support' }).first().press('Enter');
    await desk.page.getByText('for 1 hour').waitFor();
    await desk.page.getByText('Read and change files').waitFor();
    assert.equal(await desk.page.getByText('Terminal and commands').count(), 0);
  });
});

describe('the connection test', { timeout: 240_000 }, () => {
  it('says in one sentence which ports work, each with its steps, and a code to read out', async () => {
    await desk.go('/connection-test');
    await desk.page.getByRole('button', { name: 'Test the connection' }).press('Enter');
    const verdict = `Remote Support can reach localhost by port ${stage.relayPorts.join(', ')}.`;
    await desk.page.getByRole('heading', { name: verdict }).waitFor();
    const code = await desk.page.locator('[data-digits]').getAttribute('data-digits');
    const { stdout } = await stage.sallyport(stage.files, ['decode', code ?? '']);
    assert.match(stdout, /The relay can be reached/);
    await desk.check('connection test');
    await phone.go('/connection-test');
    await phone.page.getByText('Die Fernhilfe erreicht localhost').waitFor();
    await phone.page.getByText(`auf Port ${stage.relayPorts.join(', ')}. Einer dieser Ports`).waitFor();
    await phone.check('connection test on a telephone');
  });

  it('sets the outbound port to one that works', async () => {
    const [port] = stage.relayPorts;
    await desk.page.getByRole('button', { name: `Use port ${port}` }).press('Enter');
    await desk.page.getByRole('button', { name: 'Use any port' }).waitFor();
    await desk.page.getByRole('link', { name: 'Settings' }).press('Enter');
    await desk.page.getByRole('radio', { name: `Only ${port}`, checked: true }).waitFor();
  });

  it('says where it ends when nobody answers, and what to do', async () => {
    await stage.running.relay.end('SIGKILL');
    await desk.go('/connection-test');
    await desk.page.getByRole('button', { name: 'Test again' }).press('Enter');
    await desk.page.getByText('connections to localhost are refused').first().waitFor();
    await desk.page.getByText('For whoever looks after the firewall').waitFor();
    await desk.check('connection test without a relay');
    stage.running.relay = await stage.startRelay();
  });
});

describe('a page that cannot be fetched', { timeout: 240_000 }, () => {
  it('says why, and comes when it is tried again', async () => {
    // Its script is there, what the device knows is not.
    await desk.go('/administrators');
    await desk.page.getByRole('link', { name: 'Settings' }).hover();
    await stage.running.device.end();
    await desk.page.getByRole('note').getByText('Not up to date').waitFor();
    await desk.page.getByRole('link', { name: 'History' }).click();
    await desk.page.getByRole('alert').getByText('The device does not answer.').waitFor();
    await desk.check('a page that cannot be fetched');
    stage.running.device = await stage.startDevice();
    await desk.page.getByRole('button', { name: 'Try again' }).click();
    await desk.page.getByRole('tabpanel').getByRole('link', { name: /:\d\d/ }).first().waitFor();
  });
});
