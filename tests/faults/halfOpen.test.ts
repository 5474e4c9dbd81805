/** The relay on the open internet: thousands of connections that begin something and do not go on. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { type HalfOpen, halfOpen, halfWays, type Target } from '../../scripts/hostile/halfOpen.ts';
import { deviceOf, stealKeys } from '../../scripts/hostile/people.ts';
import { openTerminal, type Terminal } from '../../scripts/stage/terminal.ts';
import { type Enabled, mustRun, programs, type TestStage, testStage } from '../stage/index.ts';
import { form, patienceMs } from './parts/form.ts';
import { until } from './parts/until.ts';

let stage: TestStage;
let erin = '';
let grant: Enabled;
let shell: Terminal;
let target: Target;
let asked = 0;
let base = { handles: 0, bytes: 0 };
let most = 0;
const attacks: HalfOpen[] = [];

/** What a place costs at most, and the relay's heap beside it: the bound is places, not connections. */
const mostBytes = 400e6;

const relayPid = (): number => stage.running.relay.child.pid ?? 0;
const handles = (): number => readdirSync(`/proc/${relayPid()}/fd`).length;
const resident = (): number =>
  Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${relayPid()}/status`, 'utf8'))?.[1]) * 1_024;
const watch = (): void => {
  most = Math.max(most, resident());
};

async function shellAnswers(): Promise<void> {
  asked += 1;
  shell.type(`echo "still $((${asked}))="\r`);
  await shell.shows(new RegExp(`still ${asked}=`), patienceMs);
}
/** Two new connections to the relay, and one of the device. */
async function newcomerGetsIn(...wait: string[]): Promise<void> {
  const args = ['exec', String(grant.port), ...wait, '--', 'echo in'];
  assert.equal(await mustRun(programs.support, args, { env: { SALLYPORT_DATA: erin } }), 'in\n');
}

before(async () => {
  stage = await testStage();
  erin = await stage.representative('erin@maker.example');
  grant = await stage.fresh();
  await mustRun(programs.support, ['pair', String(grant.port)], {
    env: { SALLYPORT_DATA: erin, SALLYPORT_OTP: grant.otp },
  });
  shell = openTerminal(programs.support, ['connect', String(grant.port)], { SALLYPORT_DATA: erin });
  await shellAnswers();
  const [port = 0] = stage.relayPorts;
  const { authority } = stealKeys(stage.relayData);
  target = { port, authority, device: deviceOf(stage.deviceData).tls };
  base = { handles: handles(), bytes: resident() };
});
after(async () => {
  for (const attack of attacks) attack.end();
  shell?.kill();
  await stage?.end();
});

describe(`${form.halfOpen} half-open connections to the relay`, () => {
  it('keep nobody from working, not even a newcomer, while they are there', async () => {
    const making = Promise.all(
      halfWays.map((how) => halfOpen(target, how, Math.round(form.halfOpen * form.halfOpenShares[how]))),
    );
    await newcomerGetsIn('--wait', '60');
    attacks.push(...(await making));
    watch();
    await newcomerGetsIn();
    await shellAnswers();
    watch();
  });
  it('are all closed by the relay', async () => {
    await Promise.all(attacks.map(({ allClosed }) => allClosed));
    for (const attack of attacks) assert.ok(attack.counts().connected > 0);
    await shellAnswers();
  });
  it('have cost the relay memory within its bound, and no handle is left', async () => {
    assert.ok(most - base.bytes < mostBytes, `${base.bytes} bytes before, ${most} at the most`);
    await until('the relay closes its handles', () => handles() <= base.handles, patienceMs);
    const made = attacks.map((attack) => attack.counts().connected).join(' + ');
    const megabytes = [base.bytes, most].map((bytes) => (bytes / 1e6).toFixed(0));
    console.log(
      `${made} connections; the relay had ${megabytes[0]} MB before, ${megabytes[1]} MB at the most`,
    );
  });
});
