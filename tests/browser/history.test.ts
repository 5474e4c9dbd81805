import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { buildUi } from '../../scripts/build/ui.ts';
import { launchChromium } from '../../scripts/stage/chromium.ts';
import { killTerminals, openTerminal } from '../../scripts/stage/terminal.ts';
import { type Visitor, visitor } from '../../scripts/stage/visitor.ts';
import { programs, type TestStage, testStage } from '../stage/index.ts';

const password = 'wombat ladder orbit nine';
const erin = 'erin@maker.example';
/** A case number that wants to be markup, and to turn the text around it. */
const reference = 'CASE-7 <b id=owned>\u202eevil</b>';
let stage: TestStage;
let browser: Browser;
let desk: Visitor;
let phone: Visitor;
let grantAddress = '';

/** Both looks of the page as it stands are sound. */
async function check(what: string): Promise<void> {
  await desk.check(`${what}, at the desk`);
  await phone.go(new URL(desk.page.url()).pathname);
  await phone.page.locator('[aria-busy]').waitFor({ state: 'detached' });
  await phone.check(`${what}, on the telephone`);
}

/** Support as it may have been: a terminal that printed hostile text, a command, a file. */
async function support(): Promise<void> {
  const data = await stage.representative(erin);
  const grant = await stage.fresh('--for', '1h', '--allow', 'terminal,files:write', '--reference', reference);
  await stage.pair(data, grant);
  const terminal = openTerminal(programs.support, ['connect', String(grant.port)], { SALLYPORT_DATA: data });
  await terminal.shows(/[$#] /);
  const escapes =
    '\\033]0;owned\\007\\033]52;c;b3duZWQ=\\007\\033]8;;https://evil.example\\007link\\033]8;;\\007';
  terminal.type(`printf '${escapes} <b id=owned>%s</b>\\n' $((6*7))\r`);
  await terminal.shows(/owned>42/);
  terminal.type('exit\r');
  await terminal.ended;
  const { stderr, status } = await stage.sallyport(data, [
    'exec',
    String(grant.port),
    '--',
    'echo',
    'the-one',
    'command',
  ]);
  assert.equal(status, 0, stderr);
  const file = join(stage.files, 'note.txt');
  writeFileSync(file, 'a note');
  await stage.sallyport(data, ['cp', file, `${grant.port}:${stage.files}/copied <i>\u202e.txt`]);
  await stage.device(['disable']);
}

before(async () => {
  await buildUi('device-ui');
  browser = await launchChromium();
  stage = await testStage();
  const base = `http://127.0.0.1:${stage.webPort}`;
  const file = join(stage.files, 'password');
  writeFileSync(file, password);
  await stage.device(['admin', 'add', 'alice', '--password-file', file]);
  desk = await visitor(browser, base);
  phone = await visitor(browser, base, { width: 390, scheme: 'dark', language: 'de-DE' });
  await desk.signIn('alice', password);
  await phone.signIn('alice', password);
});
after(async () => {
  killTerminals();
  await browser?.close();
  await stage?.end();
});

describe('the history', { timeout: 240_000 }, () => {
  it('says what will be in it while it is empty', async () => {
    await desk.go('/history');
    await desk.page.getByText('No support yet').waitFor();
    await check('empty history');
  });

  it('lists who came and why it ended, and finds it by what stands in the address', async () => {
    await support();
    await desk.go('/history');
    const list = desk.page.getByRole('tabpanel');
    await list.getByText(erin).waitFor();
    await list.getByText('CASE-7 <b id=owned>\ufffdevil</b>').waitFor();
    assert.equal(await desk.page.locator('#owned').count(), 0);
    await check('history');
    await desk.page.getByLabel('Representative').fill('nobody@maker.example');
    await desk.page.keyboard.press('Enter');
    await desk.page.getByText('Nothing found').waitFor();
    assert.match(desk.page.url(), /who=nobody/);
    await desk.check('history in which nothing was found');
    await desk.go(`/history?who=${encodeURIComponent(erin)}&reference=CASE-7`);
    await list.getByText(erin).waitFor();
  });

  it('shows one support with its sessions, channels, files and administrators, by keyboard', async () => {
    await desk.page.getByRole('tabpanel').getByRole('link', { name: /:\d\d/ }).press('Enter');
    await desk.page.getByRole('heading', { level: 1, name: /^Support of/ }).waitFor();
    grantAddress = new URL(desk.page.url()).pathname;
    const body = desk.page.locator('#content');
    await body.getByText('echo the-one command').first().waitFor();
    await body.getByText('copied <i>\ufffd.txt').first().waitFor();
    await body.getByText('Enabled by').waitFor();
    await check('one support');
    const [report] = await Promise.all([
      desk.page.waitForEvent('download'),
      desk.page.getByRole('button', { name: 'Report', exact: true }).press('Enter'),
    ]);
    const page = readFileSync(await report.path(), 'utf8');
    assert.match(page, /^<!doctype html>/i);
    assert.doesNotMatch(page, /<b id=owned>/);
    await desk.page.getByText('All entries of the audit log').press('Enter');
    await desk.page.getByText(`${erin} came in.`).first().waitFor();
    await desk.check('one support with its entries');
  });
});

describe('a recording', { timeout: 240_000 }, () => {
  it('is verified in words, and kept by a download', async () => {
    await desk.go(grantAddress);
    await desk.page.getByRole('button', { name: 'Verify' }).first().press('Enter');
    await desk.page.getByRole('note').getByText('Intact').waitFor();
    await desk.check('an intact recording');
    const [download] = await Promise.all([
      desk.page.waitForEvent('download'),
      desk.page.getByRole('link', { name: 'Download' }).first().click(),
    ]);
    assert.match(readFileSync(await download.path(), 'utf8'), /^\{"version":3,/);
  });

  it('is replayed as text, whatever a program printed', async () => {
    const replays = desk.page.getByRole('link', { name: 'Replay' });
    // The terminal, not the command.
    await desk.page
      .locator('li', { hasText: 'Terminal' })
      .getByRole('link', { name: 'Replay' })
      .first()
      .click();
    await desk.page.getByRole('heading', { level: 1, name: 'Recording of a terminal' }).waitFor();
    assert.equal(await replays.count(), 0);
    const title = await desk.page.title();
    await desk.page.locator('.ap-player').waitFor();
    await desk.page.getByLabel('Find in what was shown').fill('OWNED>42');
    const hit = desk.page.getByRole('button', { name: /owned>42/ });
    await hit.press('Enter');
    await desk.page.locator('.ap-player').getByText('<b id=owned>42</b>').waitFor();
    assert.equal(await desk.page.locator('#owned').count(), 0);
    assert.equal(await desk.page.title(), title);
    assert.equal(await desk.page.locator('.ap-player a[href*="evil"]').count(), 0);
    await desk.page.getByLabel('Speed').selectOption('4');
    await desk.page.getByLabel('Jump over pauses').press('Space');
    await desk.page.locator('.ap-player').getByText('<b id=owned>42</b>').waitFor();
    await desk.check('a replay');
    await phone.go(new URL(desk.page.url()).pathname);
    await phone.page.locator('.ap-player').waitFor();
    await phone.check('a replay on the telephone');
  });

  it('is called tampered with when a line of it was changed, and said where', async () => {
    const folder = join(stage.deviceData, 'recordings');
    for (const name of readdirSync(folder).filter((one) => one.endsWith('.cast'))) {
      const path = join(folder, name);
      const text = readFileSync(path, 'utf8');
      if (text.includes('the-one command')) writeFileSync(path, text.replace('"the-one', '"The-one'));
    }
    await desk.go(grantAddress);
    const command = desk.page.locator('li', { hasText: 'echo the-one command' });
    await command.getByRole('button', { name: 'Verify' }).press('Enter');
    await command.getByText('Tampered with').waitFor();
    await command.getByText(/between the lines \d+ and \d+/).waitFor();
    await desk.check('a recording that was changed');
  });
});

describe('a temporary administrator', { timeout: 240_000 }, () => {
  it('sees nothing of what was before them', async () => {
    const { stdout } = await stage.device(['admin', 'list', '--json']);
    assert.match(stdout, /alice/);
    await desk.go('/administrators');
    await desk.page.getByRole('button', { name: 'Temporary administrator' }).press('Enter');
    const dialog = desk.page.getByRole('dialog');
    await dialog.getByLabel('After a time').press('Space');
    await dialog.getByRole('button', { name: 'Add' }).press('Enter');
    await dialog.getByText('The password is shown now').waitFor();
    const name = await dialog.locator('bdi').innerText();
    await dialog.getByRole('button', { name: 'Copy the password' }).press('Enter');
    const secret = (await desk.page.evaluate('navigator.clipboard.readText()')) as string;
    const guest = await visitor(browser, `http://127.0.0.1:${stage.webPort}`);
    await guest.signIn(name, secret);
    await guest.go('/history');
    await guest.page.getByText('No support yet').waitFor();
    await guest.page.goto(`http://127.0.0.1:${stage.webPort}${grantAddress}`);
    await guest.page.getByRole('alert').waitFor();
    await guest.check('a support that is not theirs to see');
    await guest.close();
  });
});
