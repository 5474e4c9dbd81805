import assert from 'node:assert/strict';
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { killTerminals, openTerminal } from '../../scripts/stage/terminal.ts';
import {
  type Enabled,
  type Finished,
  programs,
  runCommand,
  type TestStage,
  testStage,
} from '../stage/index.ts';

let stage: TestStage;
let erin = '';
let mallory = '';
before(async () => {
  stage = await testStage();
  [erin, mallory] = await Promise.all([
    stage.representative('erin@maker.example'),
    stage.representative('mallory@maker.example'),
  ]);
});
after(async () => {
  killTerminals();
  await stage.end();
});

/** A password of the right form that is not the one. */
const wrong = ({ otp }: Enabled): string => (otp === '111-111-111' ? '222-222-222' : '111-111-111');
const pair = (who: string, port: number | string, otp: string): Promise<Finished> =>
  stage.sallyport(who, ['pair', String(port), '--json'], { env: { SALLYPORT_OTP: otp } });
/** In a session of the system's that has no terminal. */
const withoutTerminal = (who: string, args: string[]): Promise<Finished> =>
  runCommand('setsid', ['--wait', programs.support, ...args], { env: { SALLYPORT_DATA: who } });
const failure = ({ stdout }: Finished): { code: string; leg?: string; next: string; details: object } =>
  JSON.parse(stdout).error;

describe('pairing', () => {
  let grant: Enabled;
  it('does not begin with a malformed password: nothing is counted', async () => {
    grant = await stage.fresh();
    for (const text of ['12345678', '1234567890', 'abc-def-ghi', ' ']) {
      const refused = await pair(erin, grant.port, text);
      assert.deepEqual([refused.status, failure(refused).code], [2, 'otp-malformed']);
    }
  });
  it('is refused for a wrong one-time password, by the device, with the tries that are left', async () => {
    const refused = await pair(erin, grant.port, wrong(grant));
    assert.equal(refused.status, 3);
    assert.equal(failure(refused).code, 'otp-wrong');
    assert.equal(failure(refused).leg, 'device');
    assert.deepEqual(failure(refused).details, { left: 2 });
  });
  it('is done by the right one, in any grouping, from a file; and then needs none', async () => {
    const file = join(stage.files, 'otp');
    writeFileSync(file, `${grant.otp.replaceAll('-', ' ')}\n`);
    const paired = await stage.sallyport(erin, ['pair', String(grant.port), '--otp-file', file, '--json']);
    assert.equal(paired.status, 0, paired.stdout + paired.stderr);
    assert.equal(JSON.parse(paired.stdout).port, grant.port);
    const again = await withoutTerminal(erin, ['exec', String(grant.port), '--', 'echo', 'in']);
    assert.deepEqual([again.status, again.stdout], [0, 'in\n']);
  });
  it('is refused for a password that another one has spent', async () => {
    const refused = await pair(mallory, grant.port, grant.otp);
    assert.deepEqual([refused.status, failure(refused).code], [3, 'otp-none']);
  });
  it('is refused for good after three wrong ones, also with the right one', async () => {
    grant = await stage.fresh();
    for (let tries = 0; tries < 3; tries += 1) await pair(mallory, grant.port, wrong(grant));
    const refused = await pair(mallory, grant.port, grant.otp);
    assert.deepEqual([refused.status, failure(refused).code], [3, 'key-blocked']);
  });
  it('says so when the password was given up after five wrong ones of several people', async () => {
    for (let tries = 0; tries < 2; tries += 1) await pair(erin, grant.port, wrong(grant));
    const refused = await pair(erin, grant.port, grant.otp);
    assert.deepEqual([refused.status, failure(refused).code], [3, 'otp-void']);
  });
  it('says which command to run where there is no terminal to ask at', async () => {
    grant = await stage.fresh();
    const refused = await withoutTerminal(erin, ['proxy', String(grant.port)]);
    assert.equal(refused.status, 3);
    assert.match(refused.stderr, new RegExp(`run \`sallyport pair ${grant.port}\` first`, 'i'));
  });
  it('asks at the terminal, without showing what is typed', async () => {
    const terminal = openTerminal(programs.support, ['pair', String(grant.port)], { SALLYPORT_DATA: erin });
    await terminal.shows(/One-time password for \d{5}: /);
    terminal.type(`${grant.otp}\r`);
    const shown = await terminal.shows(/^[\s\S]*Paired with d/);
    assert.equal(await terminal.ended, 0);
    assert.doesNotMatch(shown[0], /\d{3}/);
  });
  it('counts once for several calls at the same time with a wrong password', async () => {
    grant = await stage.fresh();
    const calls = Array.from({ length: 4 }, () => pair(erin, grant.port, wrong(grant)));
    for (const refused of await Promise.all(calls)) assert.deepEqual(failure(refused).details, { left: 2 });
  });
  it('happens once for twenty first calls at the same time, with one one-time password', async () => {
    const calls = Array.from({ length: 20 }, (_, n) =>
      stage.sallyport(mallory, ['exec', String(grant.port), '--', 'echo', String(n)], {
        env: { SALLYPORT_OTP: grant.otp },
      }),
    );
    const results = await Promise.all(calls);
    assert.deepEqual(
      results.map(({ status, stdout }) => [status, stdout]),
      results.map((_, n) => [0, `${n}\n`]),
    );
    const status = JSON.parse((await stage.device(['status', '--json'])).stdout);
    assert.equal(status.otp, 'spent');
  });
});

describe('a port number', () => {
  it('that is none is wrong use', async () => {
    const refused = await pair(erin, '123', '111-111-111');
    assert.deepEqual([refused.status, failure(refused).code], [2, 'port-malformed']);
  });
  it('that names no open grant is the relay’s answer, before anybody is asked for a password', async () => {
    const { port } = JSON.parse((await stage.device(['status', '--json'])).stdout);
    const other = port === 49_999 ? 40_000 : 49_999;
    const refused = await withoutTerminal(erin, ['pair', String(other), '--json']);
    assert.deepEqual(
      [refused.status, failure(refused).code, failure(refused).leg],
      [3, 'grant-not-found', 'relay'],
    );
  });
  it('has ended after Disable, also for who was paired', async () => {
    const grant = await stage.fresh();
    assert.equal((await pair(erin, grant.port, grant.otp)).status, 0);
    await stage.device(['disable']);
    const refused = await stage.sallyport(erin, ['exec', String(grant.port), '--json', '--', 'true']);
    assert.equal(refused.status, 253);
    assert.match(failure(refused).code, /^grant-(not-found|ended)$/);
  });
});

describe('what the program keeps', () => {
  it('is for this user alone', () => {
    const walk = (folder: string): void => {
      assert.equal(statSync(folder).mode & 0o777, 0o700, folder);
      for (const entry of readdirSync(folder, { withFileTypes: true })) {
        const path = join(folder, entry.name);
        if (entry.isDirectory()) walk(path);
        else assert.equal(statSync(path).mode & 0o777, 0o600, path);
      }
    };
    walk(erin);
  });
});
