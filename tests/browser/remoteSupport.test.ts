import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { buildUi } from '../../scripts/build/ui.ts';
import { launchChromium } from '../../scripts/stage/chromium.ts';
import { killTerminals, openTerminal } from '../../scripts/stage/terminal.ts';
import { type Visitor, visitor } from '../../scripts/stage/visitor.ts';
import { programs, type Service, startService, type TestStage, testStage } from '../stage/index.ts';

const password = 'wombat ladder orbit nine';
const erin = 'erin@maker.example';
const mallory = 'mallory@maker.example';
let stage: TestStage;
let browser: Browser;
/** At a desk, light, in English; and on a telephone, dark, in German. Both see the same device. */
let desk: Visitor;
let phone: Visitor;
let erinData: string;
let malloryData: string;
const entered: Service[] = [];

/** Both looks of the page as it stands are sound. */
async function check(what: string): Promise<void> {
  await desk.check(`${what}, at the desk`);
  await phone.check(`${what}, on the telephone`);
}

async function shown(): Promise<{ port: string; otp: string }> {
  const numbers = desk.page.locator('[data-digits]');
  await numbers.nth(1).waitFor();
  const [port = '', otp = ''] = await numbers.evaluateAll((all) =>
    all.map((one) => one.getAttribute('data-digits') ?? ''),
  );
  return { port: port.replace('-', ''), otp };
}

/** The port number alone, once the password is spent. */
async function shownPort(): Promise<string> {
  const number = desk.page.locator('[data-digits]').first();
  await number.waitFor();
  return ((await number.getAttribute('data-digits')) ?? '').replace('-', '');
}

/** A representative does something that lasts. */
function enter(data: string, port: string, otp: string, ...command: string[]): Service {
  const service = startService(programs.support, ['exec', port, '--', ...command], {
    SALLYPORT_DATA: data,
    SALLYPORT_OTP: otp,
  });
  entered.push(service);
  return service;
}

before(async () => {
  await buildUi('device-ui');
  // One after the other: what is there when the next fails is ended.
  browser = await launchChromium();
  stage = await testStage();
  const base = `http://127.0.0.1:${stage.webPort}`;
  const file = join(mkdtempSync(join(stage.files, 'p-')), 'password');
  writeFileSync(file, password);
  await stage.device(['admin', 'add', 'alice', '--password-file', file]);
  erinData = await stage.representative(erin);
  malloryData = await stage.representative(mallory);
  desk = await visitor(browser, base);
  phone = await visitor(browser, base, { width: 390, scheme: 'dark', language: 'de-DE' });
  await Promise.all([desk.signIn('alice', password), phone.signIn('alice', password)]);
});
after(async () => {
  killTerminals();
  for (const service of entered) await service.end();
  await browser?.close();
  await stage?.end();
});

describe('Remote Support', { timeout: 240_000 }, () => {
  it('is off, and says what it is for', async () => {
    await desk.page.getByRole('heading', { name: 'Remote Support is off' }).waitFor();
    await phone.page.getByRole('heading', { name: 'Die Fernhilfe ist aus' }).waitFor();
    await check('disabled');
  });

  it('is enabled with one press, and shows port number and one-time password to copy', async () => {
    await desk.page.getByRole('button', { name: 'Enable Remote Support' }).click();
    const { port, otp } = await shown();
    assert.match(port, /^4\d{4}$/);
    assert.match(otp, /^\d{3}-\d{3}-\d{3}$/);
    await desk.page.getByRole('button', { name: 'Copy the port number' }).click();
    assert.equal(await desk.page.evaluate('navigator.clipboard.readText()'), port);
    await phone.page.getByText('Am Telefon').waitFor();
    await check('open');
  });

  it('shows who is in, since when, doing what, on every page; and who used the password', async () => {
    const { port, otp } = await shown();
    enter(erinData, port, otp, 'sleep', '600');
    const person = desk.page.getByRole('region', { name: 'Who is in' });
    await person.getByText('sleep 600').waitFor();
    await person.getByText(erin).first().waitFor();
    await desk.page.getByText('Used by').waitFor();
    await check('somebody is in');
    await desk.page.getByRole('link', { name: 'History' }).click();
    await desk.page.getByRole('heading', { level: 1, name: 'History' }).waitFor();
    assert.equal(await desk.page.evaluate('document.activeElement.tagName'), 'H1');
    await desk.page.getByText(`${erin} is in`).waitFor();
    await desk.page.getByRole('tab', { name: 'Audit log' }).press('Enter');
    await desk.page.getByText('came in').first().waitFor();
    await desk.check('history');
    await desk.page.getByRole('link', { name: 'Look' }).click();
  });

  it('shows a terminal as it goes on, and neither obeys nor drowns in what it prints', async () => {
    const port = await shownPort();
    const terminal = openTerminal(programs.support, ['connect', port], { SALLYPORT_DATA: erinData });
    await terminal.shows(/[$#] /);
    await desk.page.getByRole('button', { name: 'Watch' }).click();
    const screen = desk.page.getByRole('region', { name: `Terminal of ${erin}` });
    const title = await desk.page.title();
    const escapes =
      '\\033]0;owned\\007\\033]52;c;b3duZWQ=\\007\\033]8;;https://evil.example\\007link\\033]8;;\\007';
    terminal.type(`printf '${escapes} <b id=owned>%s</b>\\n' $((6*7))\r`);
    await screen.getByText('<b id=owned>42</b>').waitFor();
    assert.equal(await desk.page.locator('#owned').count(), 0);
    assert.equal(await desk.page.title(), title);
    assert.notEqual(await desk.page.evaluate('navigator.clipboard.readText()'), 'owned');
    await desk.check('live view');
    terminal.type('yes sallyport | head -c 8000000; echo all-$((6*7))\r');
    await screen.getByText('all-42').waitFor({ timeout: 90_000 });
    terminal.type('exit\r');
    await terminal.ended;
    await screen.waitFor({ state: 'detached' });
  });

  it('shows who asks for what and why, on every page, and grants it or refuses it', async () => {
    const port = await shownPort();
    const why = 'to look at <i>the database</i> \u202e';
    const ask = (...what: string[]) =>
      startService(programs.support, ['ask', port, ...what, '--why', why], { SALLYPORT_DATA: erinData });
    const granted = ask('--allow', 'tcp:127.0.0.1:5432', '--for', '2h');
    const question = desk.page.getByRole('alert').filter({ hasText: 'Asks for more' });
    await question.getByText('TCP port 127.0.0.1:5432').waitFor();
    await question.getByText('to look at <i>the database</i> \ufffd').waitFor();
    await check('somebody asks for more');
    await desk.page.getByRole('link', { name: 'Settings' }).press('Enter');
    await desk.page.getByRole('note').getByText(`${erin} asks for more`).waitFor();
    await desk.page.getByRole('link', { name: 'Answer' }).press('Enter');
    await desk.page.getByRole('button', { name: `Grant what ${erin} asks for` }).press('Enter');
    await question.waitFor({ state: 'detached' });
    await desk.page.getByRole('region', { name: 'What is allowed' }).getByText('127.0.0.1:5432').waitFor();
    const refused = ask('--allow', 'tcp:127.0.0.1:80');
    await desk.page.getByRole('button', { name: `Refuse what ${erin} asks for` }).press('Enter');
    await question.waitFor({ state: 'detached' });
    entered.push(granted, refused);
  });

  it('pauses whom the administrator pauses, and lets them go on', async () => {
    await desk.page.getByRole('button', { name: `Pause ${erin}` }).click();
    await desk.page.getByText('Paused', { exact: true }).waitFor();
    await check('paused');
    await desk.page.getByRole('button', { name: `Go on with ${erin}` }).click();
    await desk.page.getByText('Paused', { exact: true }).waitFor({ state: 'detached' });
  });

  it('shows a lost connection as that, and why, and that it is back', async () => {
    await stage.running.relay.end('SIGKILL');
    await desk.page.getByText('Connection lost').first().waitFor();
    await desk.page.getByText('fails here').first().waitFor();
    await check('suspended, the relay gone');
    stage.running.relay = await stage.startRelay();
    await desk.page.getByText('Connected', { exact: true }).waitFor();
  });

  it('cuts off whom the administrator cuts off, without a question', async () => {
    await desk.page.getByRole('button', { name: `Cut off ${erin}` }).click();
    await desk.page.getByText('Nobody is in').waitFor();
    await desk.page.getByText('Cut off by you').waitFor();
    await check('cut off');
  });

  it('names a key that gave a wrong password, and blocks it on demand', async () => {
    await desk.page.getByRole('button', { name: 'New password' }).click();
    const { port, otp } = await shown();
    const wrong = otp === '111-111-111' ? '222-222-222' : '111-111-111';
    enter(malloryData, port, wrong, 'true');
    await desk.page.getByText('Wrong password, once').waitFor();
    await check('wrong password');
    await desk.page.getByRole('button', { name: `Block ${mallory}` }).click();
    await desk.page.getByText('Cut off by you').nth(1).waitFor();
  });

  it('gets more time, or less, up to a day from Enable', async () => {
    await desk.page.getByRole('button', { name: 'Change' }).click();
    await desk.page.getByText('1 hr', { exact: true }).click();
    await desk.page.getByRole('button', { name: 'Change' }).nth(1).click();
    await desk.page.getByRole('timer').getByText('59 min').waitFor();
  });

  it('ends with one press', async () => {
    await desk.page.getByRole('button', { name: 'Disable Remote Support' }).click();
    await desk.page.getByRole('heading', { name: 'Remote Support is off' }).waitFor();
    await phone.page.getByRole('heading', { name: 'Die Fernhilfe ist aus' }).waitFor();
  });
});

describe('Remote Support with approval, chosen by keyboard alone', { timeout: 240_000 }, () => {
  it('is enabled by the dialog, which says at the field what is wrong', async () => {
    const { page } = desk;
    await page.getByRole('button', { name: 'Change what is allowed' }).press('Enter');
    const dialog = page.getByRole('dialog');
    await dialog.waitFor();
    await desk.check('dialog');
    for (const name of ['Terminal and commands', 'Read files', 'This web interface']) {
      await dialog.getByLabel(name, { exact: true }).press('Space');
    }
    await dialog.getByRole('button', { name: 'Enable' }).press('Enter');
    await dialog.getByText('Choose at least one thing.').waitFor();
    assert.equal(await page.evaluate('document.activeElement.type'), 'checkbox');
    await page.keyboard.press('Space');
    await dialog.getByRole('button', { name: 'Add a TCP port' }).press('Enter');
    await dialog.getByLabel('Port', { exact: true }).fill('70000');
    await page.keyboard.press('Enter');
    await dialog.getByText('A number from 1 to 65535.').waitFor();
    await desk.check('dialog with a wrong port');
    await dialog.getByLabel('Port', { exact: true }).fill('5432');
    await page.keyboard.press('Enter');
    await dialog.getByText('TCP port 127.0.0.1:5432').waitFor();
    await dialog.getByLabel('Ask me before').press('Space');
    await dialog.getByLabel('Reference').fill('CASE-7 <b>\u202eevil</b>');
    await page.keyboard.press('Enter');
    await shown();
    await page.getByText('CASE-7 <b>\ufffdevil</b>').waitFor();
    await check('open, with approval');
  });

  it('asks before somebody gets in, and lets them in when admitted', async () => {
    const { port, otp } = await shown();
    enter(erinData, port, otp, 'sleep', '600');
    await desk.page.getByRole('alert').getByText(erin).waitFor();
    await check('somebody waits');
    await desk.page.getByRole('button', { name: `Admit ${erin}` }).press('Enter');
    await desk.page.getByText('sleep 600').waitFor();
  });

  it('says that it is not up to date while the device is away, and turns actions off', async () => {
    await stage.running.device.end();
    await desk.page.getByRole('note').getByText('Not up to date').waitFor();
    const disable = desk.page.getByRole('button', { name: 'Disable Remote Support' });
    assert.equal(await disable.getAttribute('aria-disabled'), 'true');
    await check('the stream is cut');
    stage.running.device = await stage.startDevice();
    await desk.page.getByRole('note').getByText('Not up to date').waitFor({ state: 'detached' });
    await desk.page.getByRole('button', { name: 'Disable Remote Support' }).press('Enter');
    await desk.page.getByRole('heading', { name: 'Remote Support is off' }).waitFor();
  });
});

describe('Remote Support whose port number had to change', { timeout: 240_000 }, () => {
  it('says so, and why, and shows the new one', async () => {
    const { port } = await stage.fresh('--for', '1h', '--allow', 'web');
    await desk.page.locator(`[data-digits="${String(port).slice(0, 2)}-${String(port).slice(2)}"]`).waitFor();
    await stage.running.relay.end('SIGKILL');
    // The relay was set up again from a backup of before, and has given the number to somebody else since.
    const database = new DatabaseSync(join(stage.relayData, 'relay.sqlite'));
    database.exec('DELETE FROM ports; DELETE FROM grants');
    database
      .prepare('INSERT INTO ports (port, grant_id, free_from) VALUES (?, ?, ?)')
      .run(port, 'e'.repeat(32), Date.now() + 86_400_000);
    database.close();
    stage.running.relay = await stage.startRelay();
    await desk.page.getByText(`The port number had to change: the relay no longer knew ${port}.`).waitFor();
    await phone.page.getByText(`Das Relay kannte ${port} nicht mehr`).waitFor();
    assert.notEqual(await shownPort(), String(port));
    await check('the port number changed');
    await stage.device(['disable']);
  });
});

describe('Remote Support whose time is over', { timeout: 240_000 }, () => {
  it('has counted down, and says that it ended by itself', async () => {
    await stage.fresh('--for', '12s', '--allow', 'web');
    await desk.page
      .getByRole('timer')
      .getByText(/^0:\d\d$/)
      .waitFor();
    await check('nearly over');
    await desk.page.getByText('Remote Support ended by itself').waitFor();
    await check('expired');
  });
});

describe('Remote Support without a relay', { timeout: 240_000 }, () => {
  it('waits, says after a while why, and shows where the way ends', async () => {
    await stage.running.relay.end('SIGKILL');
    await desk.page.getByRole('button', { name: 'Enable Remote Support' }).click();
    await desk.page.getByText('Waiting for port number ...').waitFor();
    await check('waiting');
    await desk.page.getByText('This takes longer than usual').waitFor();
    await desk.page.getByText('fails here').first().waitFor();
    await check('waiting for long');
  });
});
