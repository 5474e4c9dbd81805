import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Enabled, isRunning, pidsOf, type TestStage, testStage } from '../stage/index.ts';
import { until } from './parts/until.ts';

let stage: TestStage;
let erin = '';

before(async () => {
  stage = await testStage();
  erin = await stage.representative('erin@maker.example');
});
after(async () => {
  // One that was stopped does not hear SIGTERM.
  if (stage && isRunning(agentPid())) process.kill(agentPid(), 'SIGCONT');
  await stage?.end();
});

const agentPid = (): number => stage.running.device.child.pid ?? 0;
const watchdogs = (): number[] => pidsOf(new RegExp(`watchdog[/-]main\\.\\w+ ${stage.deviceData} `));

let sleeps = 0;
/** Somebody is in, and runs two programs on the device, one of which left its session. */
async function somebodyIn(...terms: string[]): Promise<{ grant: Enabled; processes: () => number[] }> {
  if (!isRunning(agentPid())) stage.running.device = await stage.startDevice();
  const grant = await stage.fresh('--allow', 'terminal', ...terms);
  sleeps += 1;
  const seconds = `${500_000 + process.pid}.${sleeps}`;
  const processes = (): number[] => pidsOf(new RegExp(`^sleep ${seconds}$`));
  const script = `setsid nohup sleep ${seconds} >/dev/null 2>&1 & sleep ${seconds}`;
  const env = { SALLYPORT_OTP: grant.otp };
  stage.sallyport(erin, ['exec', String(grant.port), '--', script], { env, timeoutMs: 30_000 });
  await until('two programs run on the device', () => processes().length === 2, 20_000);
  await until('there is a watchdog', () => watchdogs().length === 1, 5_000);
  return { grant, processes };
}
const auditOf = async (): Promise<string> => (await stage.device(['status', '--json'])).stdout;

describe('an agent whose main thread hangs', () => {
  it('is ended by its watchdog on Disable, and with it all that was started', async () => {
    const { processes } = await somebodyIn('--for', '1h');
    const hung = agentPid();
    process.kill(hung, 'SIGSTOP');
    await sleep(1_200); // So long it is silent.
    const started = performance.now();
    const disabled = await stage.device(['disable', '--json']);
    const tookMs = performance.now() - started;
    assert.deepEqual([disabled.status, disabled.stdout.trim()], [0, '{"state":"disabled"}'], disabled.stderr);
    assert.deepEqual(processes(), []);
    assert.equal(isRunning(hung), false);
    assert.ok(tookMs < 5_000, `it took ${tookMs} ms`);
    stage.running.device = await stage.startDevice();
    const status = JSON.parse(await auditOf());
    assert.equal(status.state, 'disabled', 'the next start does not take the grant up again');
  });
  it('is ended by its watchdog at the end of the grant, one and a half seconds late at most', async () => {
    const { grant, processes } = await somebodyIn('--for', '10s');
    process.kill(agentPid(), 'SIGSTOP');
    await until('all programs are gone', () => processes().length === 0, 20_000);
    const lateMs = Date.now() - Date.parse(grant.endsAt);
    assert.ok(lateMs > -1_000 && lateMs < 1_500, `${lateMs} ms after the end`);
    await until('the agent is gone', () => !isRunning(agentPid()), 2_000);
    stage.running.device = await stage.startDevice();
    assert.equal(JSON.parse(await auditOf()).state, 'disabled');
  });
});

describe('the watchdog', () => {
  it('ends what a killed agent leaves behind, at once', async () => {
    const { processes } = await somebodyIn('--for', '1h');
    await stage.running.device.end('SIGKILL');
    await until('all programs are gone', () => processes().length === 0, 3_000);
    await until('the watchdog is gone', () => watchdogs().length === 0, 3_000);
  });
  it('is followed by another one when it is killed itself', async () => {
    await somebodyIn('--for', '1h');
    const [first = 0] = watchdogs();
    process.kill(first, 'SIGKILL');
    await until('there is another one', () => watchdogs().some((pid) => pid !== first), 5_000);
  });
  it('leaves an agent alone that lives, and is gone when the grant is', async () => {
    const alive = agentPid();
    assert.equal((await stage.device(['disable'])).status, 0);
    await until('there is none', () => watchdogs().length === 0, 3_000);
    assert.equal(isRunning(alive), true);
  });
});
