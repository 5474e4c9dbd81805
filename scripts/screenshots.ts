/**
 * `npm run screenshots`: pictures of each page of the device's web interface, as it looks with a real relay, agent and
 * representative: at a desk and on a telephone, light and dark, some in German; into `screenshots/`, which Git ignores.
 * `npm run screenshots -- WORD ...` keeps only those whose name contains one of the words.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildPrograms } from './build/programs.ts';
import { buildUi } from './build/ui.ts';
import { launchChromium } from './stage/chromium.ts';
import { freePorts } from './stage/ports.ts';
import { programs, repository, type Service, startService } from './stage/program.ts';
import { type Enabled, setStage } from './stage/stage.ts';
import { type Look, type Visitor, visitor } from './stage/visitor.ts';

const password = 'wombat ladder orbit nine';
const representative = 'erin@maker.example';
const looks: { readonly [name: string]: Look } = {
  'desk-light': {},
  'desk-dark': { scheme: 'dark' },
  'phone-light': { width: 390 },
  'phone-dark-de': { width: 390, scheme: 'dark', language: 'de-DE' },
  'desk-light-de': { language: 'de-DE' },
};
const out = join(repository, 'screenshots');
const wanted = process.argv.slice(2);

const folder = mkdtempSync(join(tmpdir(), 'sallyport-pictures-'));
const [port = 0, otherPort = 0, webPort = 0] = await freePorts(3);
const stage = await setStage({ folder: join(folder, 'stage'), relayPorts: [port, otherPort], webPort });
const entered: Service[] = [];
const visitors = new Map<string, Visitor>();

/** Takes the page as it stands, in every look. */
async function picture(name: string): Promise<void> {
  for (const [look, { page }] of visitors) {
    const file = `${name}-${look}`;
    if (wanted.length > 0 && !wanted.some((word) => file.includes(word))) continue;
    await page.evaluate('document.fonts.ready');
    await page.screenshot({ path: join(out, `${file}.png`), fullPage: true });
    console.log(`screenshots/${file}.png`);
  }
}

/** Does the same in every look. */
async function each(act: (visitor: Visitor) => Promise<unknown>): Promise<void> {
  for (const one of visitors.values()) await act(one);
}

const button = (name: RegExp) => async (one: Visitor) =>
  one.page.getByRole('button', { name }).first().click();
const text = (words: RegExp) => async (one: Visitor) => one.page.getByText(words).first().waitFor();

/** A representative does something that lasts. */
function enter({ port, otp }: Enabled, data: string, ...command: string[]): void {
  entered.push(
    startService(programs.support, ['exec', String(port), '--', ...command], {
      SALLYPORT_DATA: data,
      SALLYPORT_OTP: otp,
    }),
  );
}

/** What is left of it: the list, the whole of one support, a recording that is replayed and verified. */
async function past(): Promise<void> {
  await each((one) => one.go('/history'));
  await each(text(/representative|erin@/));
  await picture('history-support');
  await each(async ({ page }) => page.getByRole('tabpanel').getByRole('link').first().click());
  await each(text(/Enabled by|Eingeschaltet von/));
  await each(async ({ page }) =>
    page
      .getByRole('button', { name: /Verify|Prüfen/ })
      .first()
      .click(),
  );
  await each(text(/Intact|Unversehrt/));
  await picture('grant');
  await each(async ({ page }) =>
    page
      .getByRole('link', { name: /Replay|Abspielen/ })
      .first()
      .click(),
  );
  await each(async ({ page }) => page.locator('.ap-player').waitFor());
  await each(async ({ page }) => page.getByLabel(/Find in|Suchen in/).fill('database'));
  await each(async ({ page }) => page.getByRole('listitem').getByRole('button').last().click());
  await picture('replay');
}

async function story(): Promise<void> {
  const browser = await launchChromium();
  try {
    const base = `http://127.0.0.1:${webPort}`;
    const file = join(folder, 'password');
    writeFileSync(file, password, { mode: 0o600 });
    let relay = await stage.startRelay();
    await stage.startDevice();
    for (const name of ['alice', 'bernadette.von-und-zu']) {
      await stage.device(['admin', 'add', name, '--password-file', file]);
    }
    const data = await stage.representative(representative);
    for (const [name, look] of Object.entries(looks)) visitors.set(name, await visitor(browser, base, look));
    const [first] = visitors.values();

    await each((one) => one.go('/sign-in'));
    await picture('sign-in');
    await each((one) => one.signIn('alice', password));
    await each(text(/Nobody can reach|kommt niemand/));
    await picture('off');
    await each(button(/Change what|Ändern, was/));
    await each((one) => one.page.getByRole('dialog').waitFor());
    await picture('dialog');
    await each((one) => one.page.keyboard.press('Escape'));

    const enabled = await stage.enable([
      '--for',
      '4h',
      '--allow',
      'terminal,files:write,web',
      '--approve',
      '--wait',
      '20',
    ]);
    await each(text(/On the telephone|Am Telefon/));
    await picture('open');
    enter(enabled, data, 'sh', '-c', 'echo Checking the database; sleep 600');
    await each(text(/Wants to get in|möchte herein/));
    await picture('approval');
    await stage.device(['approve', representative]);
    await each(text(/Checking the database/));
    await picture('in');
    const question = startService(
      programs.support,
      ['ask', String(enabled.port), '--allow', 'tcp:127.0.0.1:5432', '--why', 'to look at the database'],
      { SALLYPORT_DATA: data },
    );
    entered.push(question);
    await each(text(/Asks for more|bittet um mehr/));
    await picture('asks');
    if (first) await button(/Grant/)(first);
    const stranger = await stage.representative('mallory@maker.example');
    await stage.sallyport(stranger, ['exec', String(enabled.port), '--', 'true'], {
      env: { SALLYPORT_OTP: '111-111-111' },
    });
    await each(text(/Not let in|Nicht eingelassen/));
    await picture('not-let-in');
    await relay.end('SIGKILL');
    await each(text(/Connection lost|Verbindung verloren/));
    await picture('suspended');
    relay = await stage.startRelay();

    await first?.go('/connection-test');
    await first?.page.getByRole('button', { name: 'Test the connection' }).click();
    await first?.page.getByText('Remote Support can reach').first().waitFor();
    await each((one) => one.go('/connection-test'));
    await each(text(/can reach|erreicht localhost/));
    await picture('connection-test');

    for (const page of ['history', 'history/log', 'administrators', 'network', 'settings', 'account']) {
      await each((one) => one.go(`/${page}`));
      await each((one) => one.page.waitForLoadState('networkidle'));
      await picture(page.replace('/', '-'));
    }
    await each((one) => one.go('/administrators'));
    await each(button(/Temporary administrator|Administrator auf Zeit/));
    await each((one) => one.page.getByRole('dialog').waitFor());
    await picture('temporary');
    await stage.device(['disable']);
    await past();
    await relay.end('SIGKILL');
    await each((one) => one.go('/remote-support'));
    if (first) await button(/Enable Remote Support/)(first);
    await each(text(/This takes longer|Das dauert länger/));
    await picture('waiting');
  } finally {
    await browser.close();
  }
}

await buildPrograms();
await buildUi('device-ui');
mkdirSync(out, { recursive: true });
try {
  await story();
} finally {
  for (const service of entered) await service.end();
  await stage.end();
  rmSync(folder, { recursive: true, force: true });
}
