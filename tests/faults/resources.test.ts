import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { enrolDevice, logIn } from '../../scripts/stage/newcomers.ts';
import {
  type Enabled,
  type Finished,
  freePorts,
  mustRun,
  programs,
  runCommand,
  type Service,
  startService,
} from '../stage/index.ts';
import { databasesIn, integrityOf } from './parts/databases.ts';
import { type Disk, mountDisk } from './parts/disk.ts';
import { must } from './parts/system.ts';
import { askUntil } from './parts/until.ts';

/** So long the programs may take to notice that what was wrong is over. */
const recoveryMs = 20_000;
/** They run where the shared memory of the system is next to nothing. */
const smallSharedMemory = 'mount -t tmpfs -o size=64k tmpfs /dev/shm && exec "$@"';

type Status = { problem: { code: string; text: string } | null; notices?: { code: string; text: string }[] };

let folder = '';
let disks: { relay: Disk; device: Disk };
let erin = '';
let grant: Enabled;
let relayPort = 0;
let running: { relay: Service; device: Service };

const relay = (...args: string[]): Promise<string> =>
  mustRun(programs.relay, [...args, '--data', disks.relay.folder]);
const device = (...args: string[]): Promise<string> =>
  mustRun(programs.device, [...args, '--data', disks.device.folder]);
const deviceStatus = async (): Promise<Status> => JSON.parse(await device('status', '--json')) as Status;
const relayStatus = async (): Promise<Status> => JSON.parse(await relay('status', '--json')) as Status;
const exec = (script: string): Promise<Finished> =>
  runCommand(programs.support, ['exec', String(grant.port), '--', script], { env: { SALLYPORT_DATA: erin } });
const enable = async (): Promise<Enabled> =>
  JSON.parse(
    await device('enable', '--for', '1h', '--allow', 'terminal,files:write', '--wait', '20', '--json'),
  ) as Enabled;
const pair = (): Promise<string> =>
  mustRun(programs.support, ['pair', String(grant.port)], {
    env: { SALLYPORT_DATA: erin, SALLYPORT_OTP: grant.otp },
  });

const until = <T>(ask: () => Promise<T>, wanted: (answer: T) => boolean): Promise<T> =>
  askUntil(ask, wanted, recoveryMs);
const cannotStore = ({ notices }: Status): boolean =>
  notices?.some(({ code }) => code === 'state-unwritable') ?? false;
const works = async (): Promise<void> => {
  await until(
    () => exec('echo in'),
    ({ status, stdout }) => status === 0 && stdout === 'in\n',
  );
};

/** How many ends of sessions the audit log of the device has. */
function endedSessions(): number {
  const database = new DatabaseSync(join(disks.device.folder, 'state.sqlite'), { readOnly: true });
  const row = database.prepare("SELECT count(*) AS count FROM audit WHERE event = 'session-ended-1'").get();
  database.close();
  return Number(row?.['count']);
}

async function start(command: string, ...args: string[]): Promise<Service> {
  const service = startService('unshare', ['--mount', 'sh', '-c', smallSharedMemory, 'sh', command, ...args]);
  await service.line(/^ready/);
  return service;
}

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-faults-'));
  disks = {
    relay: mountDisk(join(folder, 'relay'), 8_192),
    device: mountDisk(join(folder, 'device'), 8_192),
  };
  [relayPort = 0] = await freePorts(1);
  await relay('init', '--name', 'localhost', '--listen', `127.0.0.1:${relayPort}`);
  const listen = `127.0.0.1:${relayPort}`;
  running = {
    relay: await start(programs.relay, 'serve', '--data', disks.relay.folder, '--listen', listen),
  } as typeof running;
  await enrolDevice(disks.relay.folder, disks.device.folder);
  running.device = await start(
    programs.device,
    ...['serve', '--data', disks.device.folder, '--run-as', 'same-user'],
  );
  erin = join(folder, 'erin');
  await logIn(disks.relay.folder, 'erin@maker.example', erin);
  grant = await enable();
  await pair();
});
after(async () => {
  for (const service of Object.values(running ?? {})) await service.end('SIGKILL');
  for (const disk of Object.values(disks ?? {})) disk.remove();
  rmSync(folder, { recursive: true, force: true });
});

describe('a device whose disk is full', () => {
  it('says so in its status, lets who is paired work, and ends everything on Disable', async () => {
    disks.device.fill();
    await works();
    const { notices } = await until(deviceStatus, cannotStore);
    assert.match(notices?.find(({ code }) => code === 'state-unwritable')?.text ?? '', /disk is full/);
    const lasting = exec('echo in; exec sleep 600');
    await until(deviceStatus, (status) => JSON.stringify(status).includes('exec sleep 600'));
    await device('disable');
    assert.notEqual((await lasting).status, 0);
  });
  it('is well by itself when there is space again, and has the audit log of the time between', async () => {
    disks.device.free();
    await until(deviceStatus, (status) => !cannotStore(status));
    grant = await enable();
    await pair();
    await works();
    await until(
      async () => endedSessions(),
      (count) => count >= 2,
    );
  });
});

describe('a relay whose disk is full', () => {
  it('says so in its status, and keeps who is in', async () => {
    const lasting = exec('echo in; sleep 5; echo still');
    await until(deviceStatus, (status) => JSON.stringify(status).includes('echo still'));
    disks.relay.fill();
    const { problem } = await until(relayStatus, (status) => status.problem !== null);
    assert.match(problem?.text ?? '', /disk is full/);
    await assert.rejects(relay('device', 'token'), /The database cannot be used: database or disk is full/);
    const answered = await lasting;
    assert.deepEqual([answered.status, answered.stdout], [0, 'in\nstill\n']);
  });
  it('is well by itself when there is space again', async () => {
    disks.relay.free();
    await until(relayStatus, (status) => status.problem === null);
    await works();
  });
});

describe('a database that another process holds for 10 s', () => {
  it('on the device keeps nobody from Disable, and is over by itself', async () => {
    const lasting = exec('exec sleep 600');
    await until(deviceStatus, (status) => JSON.stringify(status).includes('sleep 600'));
    const holder = new DatabaseSync(join(disks.device.folder, 'state.sqlite'), { timeout: 10_000 });
    holder.exec('BEGIN EXCLUSIVE');
    const held = performance.now();
    await device('disable');
    assert.notEqual((await lasting).status, 0);
    assert.ok(performance.now() - held < 5_000, 'Disable did not wait for the database');
    const { notices } = await until(deviceStatus, cannotStore);
    assert.match(notices?.find(({ code }) => code === 'state-unwritable')?.text ?? '', /locked/);
    await sleep(Math.max(0, 10_000 - (performance.now() - held))); // The fault itself.
    holder.close();
    await until(deviceStatus, (status) => !cannotStore(status));
    grant = await enable();
    await pair();
    await works();
  });
  it('at the relay says so to who comes, and is over by itself', async () => {
    const holder = new DatabaseSync(join(disks.relay.folder, 'relay.sqlite'), { timeout: 10_000 });
    holder.exec('BEGIN EXCLUSIVE');
    const held = performance.now();
    const [{ problem }, refused] = await Promise.all([relayStatus(), exec('echo in')]);
    assert.match(problem?.text ?? '', /locked/);
    assert.ok(refused.status === 0 || refused.stderr.startsWith('sallyport: '), refused.stderr);
    await sleep(Math.max(0, 10_000 - (performance.now() - held))); // The fault itself.
    holder.close();
    await works();
  });
});

describe('file descriptors used up', () => {
  const openFiles = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;
  const usual = (pid: number): number =>
    Number(/^Max open files +(\d+)/m.exec(readFileSync(`/proc/${pid}/limits`, 'utf8'))?.[1]);
  const limit = (pid: number, files: number): string =>
    must('prlimit', ['--pid', String(pid), `--nofile=${files}:`]);

  it('at the relay by strangers hold up newcomers only while they last', async () => {
    const pid = running.relay.child.pid ?? 0;
    const before = usual(pid);
    limit(pid, openFiles(pid) + 5);
    const strangers: Socket[] = Array.from({ length: 30 }, () =>
      connect(relayPort, '127.0.0.1').on('error', () => {}),
    );
    await sleep(1_000); // The fault itself.
    for (const stranger of strangers) stranger.destroy();
    await works();
    limit(pid, before);
  });
  it('on the device refuse a command with a reason, and are over by themselves', async () => {
    const pid = running.device.child.pid ?? 0;
    const before = usual(pid);
    limit(pid, openFiles(pid) + 1);
    const refused = await exec('echo in');
    assert.notEqual(refused.status, 0);
    assert.notEqual(refused.stderr.trim(), '');
    limit(pid, before);
    await works();
  });
});

describe('after all of it', () => {
  it('the same programs still run, and their databases are whole', async () => {
    for (const { child } of Object.values(running)) assert.equal(child.exitCode ?? child.signalCode, null);
    await running.relay.end();
    await running.device.end();
    const paths = [disks.relay.folder, disks.device.folder].flatMap(databasesIn);
    assert.ok(paths.length >= 2);
    for (const path of paths) assert.equal(integrityOf(path), 'ok', path);
  });
});
