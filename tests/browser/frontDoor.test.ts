import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { buildUi } from '../../scripts/build/ui.ts';
import { launchChromium } from '../../scripts/stage/chromium.ts';
import { type Visitor, visitor } from '../../scripts/stage/visitor.ts';
import { type TestStage, testStage } from '../stage/index.ts';

const password = 'wombat ladder orbit nine';
let stage: TestStage;
let browser: Browser;
let base: string;
let alice: Visitor;

before(async () => {
  await buildUi('device-ui');
  // One after the other: what is there when the next fails is ended.
  browser = await launchChromium();
  stage = await testStage();
  base = `http://127.0.0.1:${stage.webPort}`;
  alice = await visitor(browser, base);
});
after(async () => {
  await browser?.close();
  await stage?.end();
});

describe('a device that nobody has set up', { timeout: 120_000 }, () => {
  it('says where to look for its address, and lets nobody in without it', async () => {
    await alice.go('/administrators');
    await alice.page.getByText('it prints an address for that').waitFor();
    await alice.check('set-up without a code');
  });

  it('is set up once, at the address that the agent printed', async () => {
    const [address = ''] = /http:\S+\/set-up#\S+/.exec(stage.running.device.said()) ?? [];
    await alice.page.goto(address);
    await alice.page.getByLabel('Name', { exact: true }).fill('alice');
    await alice.page.locator('input[autocomplete="new-password"]').fill('password1234');
    await alice.page.keyboard.press('Enter');
    // What is wrong is said at the field, which has the focus.
    await alice.page.getByText('among those that attackers try first').waitFor();
    const focused = await alice.page.evaluate('document.activeElement.getAttribute("autocomplete")');
    assert.equal(focused, 'new-password');
    await alice.check('set-up');
    await alice.page.locator('input[autocomplete="new-password"]').fill(password);
    await alice.page.keyboard.press('Enter');
    await alice.page.getByRole('heading', { name: 'Remote Support is off' }).waitFor();
  });

  it('lets the cookie be read by no script, and shows the page to nobody without it', async () => {
    const [cookie] = await alice.page.context().cookies();
    assert.ok(cookie?.httpOnly && cookie.sameSite === 'Strict');
    assert.equal(await alice.page.evaluate('document.cookie'), '');
    const stranger = await visitor(browser, base);
    await stranger.go('/administrators');
    await stranger.page.waitForURL(/\/sign-in/);
    await stranger.check('sign-in');
    await stranger.close();
  });
});

describe('the own account', { timeout: 120_000 }, () => {
  it('gets a second factor, which is asked for from then on', async () => {
    const { page } = alice;
    await page.getByRole('link', { name: /alice/ }).click();
    await page.getByRole('heading', { level: 1, name: 'Your account' }).waitFor();
    await alice.check('account');
    const panel = page.getByRole('region', { name: 'One-time codes' });
    await panel.locator('input').fill(password);
    await page.keyboard.press('Enter');
    await panel.getByRole('img').waitFor();
    await alice.check('account with a QR code');
    const secret = (await panel.locator('bdi').innerText()).replaceAll(' ', '');
    await panel.getByLabel('The code that it shows now').fill(totp(secret));
    await page.keyboard.press('Enter');
    await page.getByText('At each sign-in, a code').waitFor();

    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.waitForURL(/\/sign-in/);
    await alice.go('/history/log');
    await page.waitForURL(/\/sign-in/);
    await page.getByLabel('Name', { exact: true }).fill('alice');
    await page.locator('input[autocomplete="current-password"]').fill('not the password');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').waitFor();
    await page.locator('input[autocomplete="current-password"]').fill(password);
    await page.keyboard.press('Enter');
    const code = page.getByLabel('Code');
    await code.waitFor();
    await alice.check('sign-in with a code');
    // The code of this moment was spent when it was proved: the next one is good, too.
    await code.fill(totp(secret, 1));
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/history\/log$/);
    await page.getByRole('link', { name: /alice/ }).click();
    await page.getByRole('heading', { level: 1, name: 'Your account' }).waitFor();
  });

  it('lists its sign-ins, the refused ones too', async () => {
    await alice.page.getByText('Refused', { exact: true }).first().waitFor();
    await alice.page.getByText('Signed in', { exact: true }).first().waitFor();
    await alice.check('account with sign-ins');
  });
});

/** The six digits of an authenticator app (RFC 6238), `ahead` times thirty seconds from now. */
function totp(secret: string, ahead = 0): string {
  const bits = [...secret].map((letter) =>
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'),
  );
  const bytes = bits.join('').match(/.{8}/g) ?? [];
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + ahead));
  const mac = createHmac('sha1', Buffer.from(bytes.map((byte) => Number.parseInt(byte, 2))))
    .update(counter)
    .digest();
  const number = mac.readUInt32BE((mac.at(-1) ?? 0) & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, '0');
}
