import assert from 'node:assert/strict';
import { globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fakeTimeLibrary } from '../../scripts/checks/programs.ts';
import { type Enabled, type Finished, pidsOf, type TestStage, testStage } from '../stage/index.ts';
import { until } from './parts/until.ts';

let stage: TestStage;
let erin = '';
let folder = '';

/** What the clock of the device says from now on, as libfaketime takes it. */
const setClock = (text: string): void => writeFileSync(join(folder, 'time'), `${text}\n`);

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-clock-'));
  setClock('+0');
  stage = await testStage({
    deviceEnv: {
      LD_PRELOAD: globSync(fakeTimeLibrary)[0] ?? '',
      FAKETIME_TIMESTAMP_FILE: join(folder, 'time'),
      FAKETIME_NO_CACHE: '1',
      // Only what the machine says of the time of day is wrong; time goes on as it does.
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      DONT_FAKE_MONOTONIC: '1',
    },
  });
  erin = await stage.representative('erin@maker.example');
});
after(async () => {
  await stage?.end();
  rmSync(folder, { recursive: true, force: true });
});

const exec = (grant: Enabled, command: string): Promise<Finished> =>
  stage.sallyport(erin, ['exec', String(grant.port), '--', command], { env: { SALLYPORT_OTP: grant.otp } });
const status = async (): Promise<{ leftMs: number; notices: { text: string }[] }> =>
  JSON.parse((await stage.device(['status', '--json'])).stdout);

/** Starts the agent anew at this time, and opens a grant of 20 s. @throws if it does not end within 1 s of its time */
async function endsInTime(clock: string, meanwhile: (grant: Enabled) => Promise<void>): Promise<void> {
  setClock(clock);
  await stage.running.device.end();
  stage.running.device = await stage.startDevice();
  const grant = await stage.fresh('--for', '20s', '--allow', 'terminal');
  // What is left is told between these two moments, so that it ends between them, moved on by that.
  const asked = performance.now();
  const { leftMs } = await status();
  const answered = performance.now();
  const seconds = `${600_000 + process.pid}`;
  const session = exec(grant, `exec sleep ${seconds}`);
  const running = (): boolean => pidsOf(new RegExp(`^sleep ${seconds}$`)).length > 0;
  await until('a program runs on the device', running, 10_000);
  const gone = until('it is gone', () => !running(), 30_000).then(() => performance.now());
  await meanwhile(grant);
  const [early, late] = [asked + leftMs - (await gone), (await gone) - answered - leftMs];
  assert.ok(early <= 1, `at least ${early} ms early`);
  assert.ok(late < 1_000, `at least ${late} ms late`);
  assert.notEqual((await session).status, 0);
}

describe('a device whose clock is wrong lets people in, says so, and ends the grant in time', () => {
  it('in 1970, jumping by an hour back and forth meanwhile', async () => {
    await endsInTime('@1970-01-02 00:00:00', async (grant) => {
      assert.match(JSON.stringify((await status()).notices), /\d\d years behind/);
      for (const clock of ['@1970-01-02 01:00:00', '@1970-01-01 23:00:00']) {
        setClock(clock);
        assert.equal((await exec(grant, 'echo in')).stdout, 'in\n', clock);
      }
    });
  });
  it('two years ahead', async () => {
    await endsInTime('+2y', async (grant) => {
      assert.match(JSON.stringify((await status()).notices), /2 years ahead/);
      assert.equal((await exec(grant, 'echo in')).stdout, 'in\n');
    });
  });
});
