import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { commandLine, mustRun, pidsOf, programs, repository, runCommand } from '../stage/index.ts';

const folder = join(mkdtempSync(join(tmpdir(), 'sallyport-start-')), 'data');
const lastLine = /sallyport-device disable/;
type Started = { readonly child: ChildProcess; said(): string; ended: Promise<number | null> };

/** `npm start`, as the leader of a process group, as a shell starts it. */
function npmStart(): Started {
  const env = { ...process.env, INIT_CWD: repository };
  const child = spawn('npm', ['start', '--silent', '--', '--folder', folder], {
    cwd: repository,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stdout.on('data', (text) => (said += text));
  child.stderr.on('data', (text) => (said += text));
  return { child, said: () => said, ended: once(child, 'close').then(([code]) => code as number | null) };
}

async function until(what: () => boolean, started: Started): Promise<void> {
  for (const end = Date.now() + 60_000; !what(); await sleep(20)) {
    assert.ok(started.child.exitCode === null, `it ended:\n${started.said()}`);
    assert.ok(Date.now() < end, `it took too long:\n${started.said()}`);
  }
}

/** What Ctrl-C does: the signal goes to every process of the group. */
async function interrupt({ child, ended }: Started): Promise<void> {
  process.kill(-(child.pid ?? Number.NaN), 'SIGINT');
  await ended;
  // A command of the set-up gets the same signal, and may end a moment after the one that started it.
  for (const end = Date.now() + 10_000; processes().length > 0 && Date.now() < end; ) await sleep(20);
  assert.deepEqual(processes(), [], 'a process is left');
}

/** Command lines of the processes that have to do with the folder. */
const processes = (): string[] => pidsOf(new RegExp(RegExp.escape(folder))).map(commandLine);

const file = (...names: string[]): string => readFileSync(join(folder, ...names), 'utf8');
const identities = (): string[] =>
  ['device', 'erin@maker.example'].map((name) => file(name, 'identity.json'));
const ports = (): { relay: [number, number]; web: number } => JSON.parse(file('ports.json'));

describe('npm start', { timeout: 240_000 }, () => {
  let running: Started | undefined;
  let first: string[];
  let blocker: Server | undefined;
  after(async () => {
    blocker?.close();
    if (running && running.child.exitCode === null) await interrupt(running);
    rmSync(join(folder, '..'), { recursive: true, force: true });
  });

  it('that is interrupted while it sets up leaves no process, and nothing that the next one trips over', async () => {
    running = npmStart();
    await until(() => existsSync(join(folder, 'ports.json')), running);
    await interrupt(running);
  });

  it('sets up and starts a relay, a device and a representative, and says what to type in at most 20 lines', async () => {
    running = npmStart();
    await until(() => lastLine.test(running?.said() ?? ''), running);
    const said = running.said().split('\n');
    assert.ok(said.length <= 21, `${said.length} lines`);
    const { relay, web } = ports();
    assert.match(running.said(), new RegExp(`ports ${relay[0]} and ${relay[1]}`));
    assert.match(running.said(), new RegExp(`http://127.0.0.1:${web}/`));
    assert.equal((await fetch(`http://127.0.0.1:${web}/`)).status, 200);
    first = identities();
  });

  it('gives commands that work as they stand', async () => {
    const lines = running?.said().split('\n') ?? [];
    const shell = (line: string, env: NodeJS.ProcessEnv = {}): Promise<string> =>
      mustRun('sh', ['-c', `cd ${repository} && ${line}`], { env });
    const line = (matches: RegExp): string =>
      lines.find((text) => matches.test(text)) ?? `false # ${matches}`;
    const shown = await shell(line(/ enable /));
    const port = /Port number +(\d{5})/.exec(shown)?.[1] ?? '';
    const otp = /(\d{3}-){2}\d{3}/.exec(shown)?.[0];
    const settings = line(/export /).replace('PORT=40123', `PORT=${port}`);
    await shell(`${settings}\nnpx sallyport pair $PORT`, { SALLYPORT_OTP: otp });
    assert.match(await shell(`${settings}\n${line(/ssh-config/)} echo hello`), /^hello$/m);
    await shell(line(/ disable /));
  });

  it('says that it runs already where it does', async () => {
    const second = npmStart();
    assert.equal(await second.ended, 1);
    assert.match(second.said(), /runs already/);
  });

  it('ends with all that it started at Ctrl-C', async () => {
    assert.ok(running);
    await interrupt(running);
    assert.equal(existsSync(join(folder, 'device/agent.sock')), false);
  });

  it('goes on with the same identities on other ports where one is in use, and both find the relay there', async () => {
    const before = ports();
    blocker = createServer().listen(before.relay[0], '127.0.0.1');
    await once(blocker, 'listening');
    running = npmStart();
    await until(() => lastLine.test(running?.said() ?? ''), running);
    assert.match(
      running.said(),
      new RegExp(`Port ${before.relay[0]} is in use on this machine; taking \\d+ instead`),
    );
    assert.match(running.said(), /as the last time/);
    assert.notEqual(ports().relay[0], before.relay[0]);
    assert.deepEqual(identities(), first);
    const tested = await runCommand(programs.device, ['test', '--data', join(folder, 'device'), '--json']);
    assert.equal(tested.status, 0, tested.stdout);
    assert.equal(JSON.parse(tested.stdout).ports[0].port, ports().relay[0]);
    await mustRun(programs.support, ['grants', '--data', join(folder, 'erin@maker.example')]);
  });

  it('ends with all that it started at SIGTERM to npm alone', async () => {
    assert.ok(running);
    running.child.kill('SIGTERM');
    await running.ended;
    for (const end = Date.now() + 10_000; processes().length > 0 && Date.now() < end; ) await sleep(20);
    assert.deepEqual(processes(), []);
  });
});
