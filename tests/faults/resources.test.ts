import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
  isRunning,
  mustRun,
  pidsOf,
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

type Status = {
  state?: string;
  problem: { code: string; text: string } | null;
  notices?: { code: string; text: string }[];
};

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

/** The code of the error that a command with `--json` ended with. */
const codeOf = ({ stdout }: Finished): string | undefined =>
  (JSON.parse(stdout) as { error?: { code: string } }).error?.code;
/** Connects to a Unix socket, and waits until its other end hangs up without a word. */
async function hangsUp(path: string): Promise<void> {
  const socket = connect(path).on('error', () => {});
  let heard = '';
  socket.on('data', (chunk) => {
    heard += String(chunk);
  });
  await once(socket, 'close');
  assert.equal(heard, '');
}

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

const startDevice = (): Promise<Service> =>
  start(programs.device, 'serve', '--data', disks.device.folder, '--run-as', 'same-user');

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
  // What happens without is tests/recordings.
  writeFileSync(join(disks.device.folder, 'config.yaml'), 'recordings:\n  onFull: mark\n', { mode: 0o600 });
  running.device = await startDevice();
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

describe('a database that another process holds', () => {
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
    const invite = (await relay('representative', 'invite', 'otto@maker.example')).trim();
    const logIn = (): Promise<Finished> =>
      runCommand(programs.support, ['login', invite, '--data', join(folder, 'otto'), '--json']);
    const holder = new DatabaseSync(join(disks.relay.folder, 'relay.sqlite'), { timeout: 10_000 });
    holder.exec('BEGIN EXCLUSIVE');
    try {
      const [{ problem }, writes, comes] = await Promise.all([
        relayStatus(),
        runCommand(programs.relay, ['device', 'token', '--data', disks.relay.folder, '--json']),
        logIn(),
      ]);
      assert.match(problem?.text ?? '', /locked/);
      assert.deepEqual([writes.status, codeOf(writes)], [4, 'store-unreachable']);
      // Each statement before it waits for the database, too: the answer may be too late for who asked.
      assert.equal(comes.status, 4);
      assert.match(codeOf(comes) ?? '', /^(relay-database-lost|timed-out)$/);
    } finally {
      holder.close();
    }
    await works();
    assert.equal((await logIn()).status, 0, 'the invitation was not spent');
  });
});

/** How many descriptors more than it has a program may open, one after the other. */
const spares = Array.from({ length: 16 }, (_, index) => 2 * index);

describe('file descriptors used up', () => {
  const usual = (pid: number): number =>
    Number(/^Max open files +(\d+)/m.exec(readFileSync(`/proc/${pid}/limits`, 'utf8'))?.[1]);
  const limit = (pid: number, files: number): string =>
    must('prlimit', ['--pid', String(pid), `--nofile=${files}:`]);
  /** Lets a program open so many more than it has: the limit is one of the numbers, and some below it may be free. */
  const leave = (pid: number, spare: number): void => {
    const open = new Set(readdirSync(`/proc/${pid}/fd`).map(Number));
    let files = 0;
    for (let free = 0; ; files += 1) {
      if (!open.has(files)) free += 1;
      if (free > spare) break;
    }
    limit(pid, files);
  };
  /** Does `act`, which lowers the limit of a program, and gives it its own limit back whatever happens. */
  const limited = async <T>(pid: number, act: () => Promise<T>): Promise<T> => {
    const before = usual(pid);
    try {
      return await act();
    } finally {
      limit(pid, before);
    }
  };
  /** What a representative's commands came to, while a program could open so few descriptors. */
  const commandsWhile = (pid: number): Promise<Finished[]> =>
    limited(pid, async () => {
      const answers: Finished[] = [];
      for (const spare of spares) {
        leave(pid, spare);
        answers.push(await exec('echo in'));
      }
      return answers;
    });
  const mustBeClear = ({ status, stdout, stderr }: Finished): void => {
    if (status === 0) assert.equal(stdout, 'in\n');
    else assert.match(stderr, /^sallyport: .+\n {2}Next: |^sallyport: .+\./);
  };

  it('at the relay by strangers hold up newcomers only while they last', async () => {
    const pid = running.relay.child.pid ?? 0;
    const strangers = new Set<Socket>();
    let over = false;
    /** Somebody who comes again whenever the relay has hung up. @returns when that is so for the first time */
    const comeAgain = (): Promise<void> =>
      new Promise((hungUp) => {
        const stranger = connect(relayPort, '127.0.0.1').on('error', () => {});
        strangers.add(stranger);
        stranger.once('close', () => {
          strangers.delete(stranger);
          hungUp();
          if (!over) setTimeout(() => void comeAgain(), 50);
        });
      });
    await limited(pid, async () => {
      leave(pid, 5);
      try {
        await Promise.race(Array.from({ length: 60 }, comeAgain));
        const heldUp = await exec('echo in');
        assert.equal(heldUp.status, 254, heldUp.stderr);
        assert.match(heldUp.stderr, /^sallyport: localhost closed the connection\./);
      } finally {
        over = true;
        for (const stranger of strangers) stranger.destroy();
      }
      await works();
    });
  });
  it('at the relay end it with none of the limits there are, and are over by themselves', async () => {
    for (const answer of await commandsWhile(running.relay.child.pid ?? 0)) mustBeClear(answer);
    await works();
  });
  it('on the device refuse a command with a reason, and are over by themselves', async () => {
    const answers = await commandsWhile(running.device.child.pid ?? 0);
    for (const answer of answers) mustBeClear(answer);
    assert.match(answers.map(({ stderr }) => stderr).join(''), /nothing left to do this with: the agent has/);
    await works();
  });
  it('at the watchdog delay a Disable of an agent that hangs, no more', async () => {
    const agent = running.device.child.pid ?? 0;
    const [watchdog = 0] = pidsOf(new RegExp(`watchdog[/-]main\\.\\w+ ${disks.device.folder} `));
    try {
      process.kill(agent, 'SIGSTOP');
      const disabling = await limited(watchdog, async () => {
        leave(watchdog, 0);
        const asked = runCommand(programs.device, ['disable', '--data', disks.device.folder, '--json']);
        for (let count = 0; count < 2; count += 1) await hangsUp(join(disks.device.folder, 'watchdog.sock'));
        assert.equal(isRunning(watchdog), true);
        return { asked };
      });
      const { status, stdout, stderr } = await disabling.asked;
      assert.deepEqual([status, stdout.trim()], [0, '{"state":"disabled"}'], stderr);
      await until(
        async () => isRunning(agent) || isRunning(watchdog),
        (left) => !left,
      );
    } finally {
      // One that was stopped does not hear that it is to end.
      if (isRunning(agent)) process.kill(agent, 'SIGCONT');
    }
    running.device = await startDevice();
    assert.equal((await deviceStatus()).state, 'disabled');
    grant = await enable();
    await pair();
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
