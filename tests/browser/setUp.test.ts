/** Where the device is set up: network, proxy, and the web interface itself, in Chromium. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { buildUi } from '../../scripts/build/ui.ts';
import { launchChromium } from '../../scripts/stage/chromium.ts';
import { type Visitor, visitor } from '../../scripts/stage/visitor.ts';
import { freePorts, type TestStage, testStage } from '../stage/index.ts';

const password = 'wombat ladder orbit nine';
let stage: TestStage;
let browser: Browser;
let desk: Visitor;
let phone: Visitor;

before(async () => {
  await buildUi('device-ui');
  browser = await launchChromium();
  stage = await testStage();
  const file = join(stage.files, 'password');
  writeFileSync(file, password);
  await stage.device(['admin', 'add', 'alice', '--password-file', file]);
  writeFileSync(join(stage.deviceData, 'config.yaml'), 'network: {manage: true}\n', { mode: 0o600 });
  await stage.running.device.end('SIGTERM');
  stage.running.device = await stage.startDevice();
  const base = `http://127.0.0.1:${stage.webPort}`;
  desk = await visitor(browser, base);
  phone = await visitor(browser, base, { width: 390, scheme: 'dark', language: 'de-DE' });
  for (const one of [desk, phone]) await one.signIn('alice', password);
});
after(async () => {
  await browser?.close();
  await stage?.end();
});

const box = (page: Page, name: string | RegExp) => page.getByRole('textbox', { name, exact: true });
/** The part of a page under this heading. */
const part = (page: Page, name: string | RegExp) => page.getByRole('region', { name });

describe('the page Network, where administrators may change it', { timeout: 120_000 }, () => {
  it('refuses a wrong value at its field, at the desk and on a telephone', async () => {
    for (const [{ page, check, go }, words] of [
      [
        desk,
        {
          change: /^Change /,
          hand: 'By hand',
          set: 'Set for a minute',
          wrong: /not in the network of address/,
        },
      ],
      [
        phone,
        {
          change: / ändern$/,
          hand: 'Von Hand',
          set: 'Für eine Minute setzen',
          wrong: /nicht im Netz von Adresse/,
        },
      ],
    ] as const) {
      await go('/network');
      await page.getByRole('button', { name: words.change }).first().click();
      await page.getByRole('radio', { name: words.hand }).check();
      await box(page, /^IPv4/).fill('198.18.0.10');
      await box(page, 'Gateway').fill('10.9.9.9');
      await check('the form');
      await page.getByRole('button', { name: words.set }).click();
      await page.getByText(words.wrong).waitFor();
      assert.equal(await box(page, 'Gateway').getAttribute('aria-invalid'), 'true');
      await check('the form with a wrong value');
    }
  });
});

describe('the page Settings', { timeout: 120_000 }, () => {
  it('sets a proxy, and shows its password to nobody', async () => {
    const { page, go, check } = desk;
    await go('/settings');
    const form = part(page, 'Proxy');
    await form.getByRole('radio', { name: 'HTTP (CONNECT)' }).check();
    await form.getByRole('button', { name: 'Save' }).click();
    await form.getByText('Enter a host name or an address').waitFor();
    await box(page, 'Host or address').fill('proxy.example');
    await box(page, 'Name').fill('device');
    await page.locator('input[autocomplete="new-password"]').fill('s3cret of the proxy');
    await form.getByRole('button', { name: 'Save' }).click();
    await form.getByText('Saved').waitFor();
    await check('the proxy that is set');
    await go('/settings');
    await part(page, 'Proxy').getByText('Is stored.').waitFor();
    assert.ok(!(await page.content()).includes('s3cret'));
    await part(page, 'Proxy').getByRole('radio', { name: 'None' }).check();
    await part(page, 'Proxy').getByRole('button', { name: 'Save' }).click();
    await part(page, 'Proxy').getByText('Saved').waitFor();
  });

  it('lists nothing that cannot be kept: recordings have their bounds', async () => {
    const { page, go, check } = phone;
    await go('/settings');
    const form = part(page, 'Aufzeichnungen');
    await box(page, 'Tage, die sie aufbewahrt werden').fill('0');
    await form.getByRole('button', { name: 'Speichern' }).click();
    await form.getByText('von 1 bis 3650').waitFor();
    await box(page, 'Tage, die sie aufbewahrt werden').fill('30');
    await form.getByRole('button', { name: 'Speichern' }).click();
    await form.getByText('Gespeichert').waitFor();
    await check('how long recordings are kept');
  });

  it('says of the web interface why nothing is tried: nothing is changed, or a file is not as it was chosen', async () => {
    const { page, go, check } = desk;
    await go('/settings');
    const set = page.getByRole('button', { name: 'Set for a minute' });
    await set.click();
    await page.getByRole('alert').getByText('Nothing is changed').waitFor();
    await check('nothing is changed');
    await page.getByRole('radio', { name: 'Upload one' }).click();
    await page.getByText('Nothing is changed').waitFor({ state: 'detached' });
    await set.click();
    await page.getByText('Choose a file.').first().waitFor();
    const [certificate, key] = ['web.pem', 'web.key'].map((name) => join(stage.files, name));
    for (const [at, file] of [certificate, key].entries()) {
      writeFileSync(file ?? '', 'as it was');
      await page
        .locator('form input[type="file"]')
        .nth(at)
        .setInputFiles(file ?? '');
    }
    writeFileSync(key ?? '', 'not any more as it was');
    await set.click();
    await page.getByText('This file cannot be read').waitFor();
    await check('a file that changed');
  });

  it('tries another address of the web interface, and keeps it once it is confirmed there', async () => {
    const [port = 0] = await freePorts(1);
    const { page, go, check } = desk;
    await go('/settings');
    await box(page, 'Address and port').fill('203.0.113.7:443');
    await page.getByRole('button', { name: 'Set for a minute' }).click();
    await page.getByText('it is not an address of this device').waitFor();
    await box(page, 'Address and port').fill(`127.0.0.1:${port}`);
    await page.getByRole('button', { name: 'Set for a minute' }).click();
    await page.getByText('Open this address, sign in there').waitFor();
    await check('a change that waits');

    const url = `http://127.0.0.1:${port}`;
    const there = await visitor(browser, url);
    await there.signIn('alice', password);
    await there.go('/settings');
    await there.page.getByRole('button', { name: 'Confirm: it stays so' }).click();
    await there.page.getByText('was confirmed').waitFor();
    await there.check('a change that was confirmed');
    await assert.rejects(fetch(`http://127.0.0.1:${stage.webPort}/`), 'the address of before is gone');
    await there.close();
  });
});
