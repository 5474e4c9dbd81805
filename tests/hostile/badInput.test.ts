/**
 * What section 6 of the first issue names and no test beside a command tries: disks of our own that are full. The rest is
 * with the commands; docs/attacks.md says where.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { statusOf } from '../../scripts/hostile/agent.ts';
import { type Finished, mustRun, programs, runCommand, type TestStage, testStage } from '../stage/index.ts';

let stage: TestStage;
let erin = '';
const mounted: string[] = [];

before(async () => {
  if (process.getuid?.() !== 0) throw new Error('this test mounts small disks: run the tests as root');
  stage = await testStage();
  erin = await stage.representative('erin@maker.example');
});
after(async () => {
  for (const folder of mounted) await runCommand('umount', ['-l', folder]);
  await stage.end();
});

const codeIn = ({ stdout }: Finished): string => JSON.parse(stdout).error.code;

/** Puts a folder, with its modes, onto a disk of its own, of 16 MiB. */
async function ontoSmallDisk(folder: string): Promise<void> {
  const aside = `${folder}.aside`;
  await mustRun('cp', ['-a', folder, aside]);
  await mustRun('mount', ['-t', 'tmpfs', '-o', 'size=16m,mode=700', 'tmpfs', folder]);
  mounted.push(folder);
  await mustRun('cp', ['-a', `${aside}/.`, folder]);
  rmSync(aside, { recursive: true });
}
const ballast = (folder: string): string => join(folder, 'ballast');
/** Leaves not a byte of the disk free. */
function fill(folder: string): void {
  const { bavail, bsize } = statfsSync(folder);
  writeFileSync(ballast(folder), Buffer.alloc(Number(bavail) * Number(bsize)), { mode: 0o600 });
}
const empty = (folder: string): void => rmSync(ballast(folder));

describe('a full disk', () => {
  it('at the representative keeps no half pairing: it is said, and the same password is good when there is room', async () => {
    const grant = await stage.fresh();
    await ontoSmallDisk(erin);
    fill(erin);
    const pair = ['pair', String(grant.port), '--json'];
    const env = { SALLYPORT_OTP: grant.otp };
    const refused = await stage.sallyport(erin, pair, { env });
    assert.deepEqual([refused.status, codeIn(refused)], [1, 'folder-unusable']);
    assert.match(refused.stdout, /the disk is full/);
    assert.deepEqual((await statusOf(stage.deviceData)).paired, []);
    empty(erin);
    const paired = await stage.sallyport(erin, pair, { env });
    assert.equal(paired.status, 0, paired.stdout);
  });
  it('at the device enables nothing, says so, and stops nobody from Disable', async () => {
    await stage.device(['disable']);
    await stage.running.device.end();
    await ontoSmallDisk(stage.deviceData);
    await stage.startDevice();
    await stage.fresh();
    fill(stage.deviceData);
    const disabled = await stage.device(['disable', '--json']);
    assert.equal((await statusOf(stage.deviceData)).state, 'disabled', disabled.stdout);
    const refused = await stage.device(['enable', '--allow', 'web', '--json']);
    assert.deepEqual([refused.status, codeIn(refused)], [1, 'state-unwritable']);
    empty(stage.deviceData);
    assert.equal((await stage.fresh()).scopes.length, 3);
  });
  it('at the relay makes no token that it would not know, and says so', async () => {
    await stage.device(['disable']);
    await stage.running.relay.end();
    await ontoSmallDisk(stage.relayData);
    fill(stage.relayData);
    const token = ['device', 'token', '--data', stage.relayData, '--json'];
    const refused = await runCommand(programs.relay, token);
    assert.deepEqual([refused.status, codeIn(refused)], [4, 'store-unreachable']);
    empty(stage.relayData);
    assert.match((await mustRun(programs.relay, token)).trim(), /"token"/);
    assert.ok(!existsSync(ballast(stage.relayData)) && readdirSync(stage.relayData).length > 0);
  });
});
