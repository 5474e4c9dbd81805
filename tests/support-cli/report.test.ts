import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Report, reportSchema } from '@sallyport/protocol/report';
import type { Browser } from 'playwright-core';
import { launchChromium } from '../../scripts/stage/chromium.ts';
import { type Enabled, programs, runCommand, type TestStage, testStage } from '../stage/index.ts';

let stage: TestStage;
let browser: Browser;
let grant: Enabled;
let erin = '';
const hostile = 'CASE-7 <img src=x onerror="document.title=1">';
const file = (name: string): string => join(stage.files, name);
const bySide = {
  device: (...args: string[]) => stage.device(['report', ...args]),
  representative: (...args: string[]) => stage.sallyport(erin, ['report', ...args]),
};
const jsonOf = async (side: keyof typeof bySide): Promise<Report> =>
  reportSchema.parse(JSON.parse((await bySide[side](String(grant.port), '--format', 'json')).stdout));

before(async () => {
  stage = await testStage();
  browser = await launchChromium();
  erin = await stage.representative('erin@maker.example');
  const omar = await stage.representative('omar@maker.example');
  grant = await stage.fresh('--for', '1h', '--allow', 'terminal,files:write', '--reference', hostile);
  const port = String(grant.port);
  const wrong = { env: { SALLYPORT_OTP: '000-000-000' } };
  assert.equal((await stage.sallyport(omar, ['pair', port], wrong)).status, 3);
  await stage.pair(erin, grant);
  assert.equal((await stage.sallyport(erin, ['exec', port, '--', 'echo "<b>bold</b>"; exit 3'])).status, 3);
  writeFileSync(file('<i>.bin'), 'firmware');
  assert.equal((await stage.sallyport(erin, ['cp', file('<i>.bin'), `${port}:${file('there')}`])).status, 0);
  await stage.device(['disable']);
});
after(async () => {
  await browser?.close();
  await stage.end();
});

describe('the report of a grant', { timeout: 120_000 }, () => {
  it('says on the device who came, what they were allowed, and what they did', async () => {
    const report = await jsonOf('device');
    assert.deepEqual([report.grant.enabledBy, report.grant.why], ['root', 'disabled']);
    assert.deepEqual(report.grant.scopes, ['terminal', 'files:write']);
    assert.deepEqual(
      report.people.map(({ name }) => name),
      ['erin@maker.example'],
    );
    const command = report.deeds.find(({ kind }) => kind === 'command');
    assert.deepEqual([command?.what, command?.exit], ['echo "<b>bold</b>"; exit 3', { code: 3 }]);
    assert.equal(report.recordings[0]?.id, command?.recording);
    assert.match(report.recordings[0]?.head ?? '', /^[0-9a-f]{64}$/);
    const written = report.deeds.find(({ kind, sha256 }) => kind === 'file' && sha256 !== undefined);
    assert.equal(written?.sha256, createHash('sha256').update('firmware').digest('hex'));
    assert.deepEqual(
      report.notLetIn.map(({ representative, why }) => [representative, why]),
      [['omar@maker.example', 'otp-wrong']],
    );
    assert.ok(report.sessions.every(({ receipt }) => receipt?.signed === 'both'));
  });

  it("says the same at the representative's, from the receipts alone", async () => {
    const [theirs, ours] = [await jsonOf('device'), await jsonOf('representative')];
    assert.equal(ours.side, 'representative');
    assert.equal(ours.grant.id, theirs.grant.id);
    const deeds = ({ deeds }: Report): unknown[] =>
      deeds.map(({ kind, what, sha256 }) => [kind, what, sha256]);
    assert.deepEqual(deeds(ours), deeds(theirs));
    const hashes = ({ sessions }: Report): unknown[] =>
      sessions.map(({ id, receipt }) => [id, receipt?.hash]);
    assert.deepEqual(hashes(ours), hashes(theirs));
  });

  it('is a page that harms nobody and asks for nothing, on a screen, on a phone, in the dark and on paper', async () => {
    for (const [side, language] of [
      ['device', 'en'],
      ['representative', 'de'],
    ] as const) {
      const out = file(`${side}.html`);
      const ran = await bySide[side](String(grant.port), '--out', out, '--language', language);
      assert.equal(ran.status, 0, ran.stderr);
      // The last as A4 has it between its margins.
      for (const width of [1_280, 700, 360, 688]) {
        const page = await browser.newPage({ viewport: { width, height: 800 }, colorScheme: 'dark' });
        if (width === 688) await page.emulateMedia({ media: 'print' });
        const asked: string[] = [];
        const said: string[] = [];
        page.on('request', (request) => asked.push(request.url()));
        page.on('console', (message) => said.push(message.text()));
        await page.goto(`file://${out}`);
        assert.deepEqual([asked.length, said], [1, []]);
        assert.equal(await page.locator('img, script, b, i').count(), 0);
        assert.match(await page.locator('main').innerText(), /CASE-7 <img src=x/);
        const wide = await page.evaluate('document.documentElement.scrollWidth');
        assert.ok(Number(wide) <= width, `${wide} of ${width}`);
        await page.close();
      }
    }
  });

  it('is a PDF for whoever wants paper', async () => {
    const out = file('report.pdf');
    // Whoever could read what was there cannot read this.
    writeFileSync(out, 'x'.repeat(1_000_000), { mode: 0o644 });
    const ran = await bySide.device('last', '--out', out, '--json');
    assert.equal(JSON.parse(ran.stdout).format, 'pdf');
    assert.equal(readFileSync(out).toString('latin1', 0, 5), '%PDF-');
    assert.deepEqual([statSync(out).size, statSync(out).mode & 0o777], [JSON.parse(ran.stdout).bytes, 0o600]);
  });

  it('comes through the API, too', async () => {
    const path = `/v1/history/grants/${(await jsonOf('device')).grant.id}/report?language=de`;
    const socket = join(stage.deviceData, 'agent.sock');
    const answer = await runCommand('curl', ['-s', '-i', '--unix-socket', socket, `http://localhost${path}`]);
    assert.match(answer.stdout, /content-disposition: attachment; filename="report-[0-9a-f]{8}\.html"/i);
    assert.match(answer.stdout, /<html lang="de">/);
  });

  it('is not kept back by a receipt of another grant that is damaged, and names the file of its own that is', async () => {
    const receipts = join(erin, 'receipts');
    const other = join(receipts, '0'.repeat(32));
    mkdirSync(other, { mode: 0o700 });
    writeFileSync(join(other, 'torn.json'), '{', { mode: 0o600 });
    const { grant: found } = await jsonOf('representative');
    writeFileSync(join(receipts, found.id, 'torn.json'), '{', { mode: 0o600 });
    const refused = await bySide.representative(String(grant.port));
    assert.equal(refused.status, 1);
    assert.match(refused.stderr, /torn\.json/);
    rmSync(join(receipts, found.id, 'torn.json'));
  });

  it('that cannot be written says why', async () => {
    const nowhere = await bySide.device('last', '--out', file('nowhere/report.html'));
    assert.equal(nowhere.status, 2);
    assert.match(nowhere.stderr, /report\.html cannot be written: the folder is not there\./);
  });

  it('of a grant that never was is wrong use, and so is a format that is none', async () => {
    for (const side of ['device', 'representative'] as const) {
      assert.equal((await bySide[side]('49999')).status, 2, side);
      assert.equal((await bySide[side](String(grant.port), '--format', 'docx')).status, 2, side);
    }
    assert.equal((await runCommand(programs.support, ['report', '--help'])).status, 0);
  });
});
