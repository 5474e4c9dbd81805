import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type CastEvent, parseEvent } from '@sallyport/protocol/recording';
import { systemClock } from '@sallyport/runtime/clock';
import { z } from 'zod';
import { callAgent } from '../../packages/device/src/api/index.ts';
import { killTerminals, openTerminal } from '../../scripts/stage/terminal.ts';
import { type Disk, mountDisk } from '../faults/parts/disk.ts';
import { askUntil, until } from '../faults/parts/until.ts';
import {
  type Enabled,
  type Finished,
  programs,
  repository,
  runCommand,
  type TestStage,
  testStage,
} from '../stage/index.ts';

type Listed = {
  readonly id: string;
  readonly kind: string;
  readonly what: string;
  readonly state: string;
  readonly exit?: object;
  readonly why?: string;
  readonly printed: number;
  readonly recorded: number;
};
type Verdict = { readonly verdict: string; readonly line?: number; readonly to?: number };

let stage: TestStage;
let erin = '';
let grant: Enabled;
let config = '';
let script = '';
let disk: Disk | undefined;
const recordings = (): string => join(stage.deviceData, 'recordings');
const fileOf = (id: string): string => join(recordings(), `${id}.cast`);
const device = async (...args: string[]): Promise<Finished> =>
  runCommand(programs.device, ['recordings', ...args, '--data', stage.deviceData]);
const list = async (): Promise<Listed[]> => JSON.parse((await device('list', '--json')).stdout) as Listed[];
const exec = (line: string): Promise<Finished> =>
  runCommand(programs.support, ['exec', String(grant.port), '--', line], { env: { SALLYPORT_DATA: erin } });
const ssh = (...args: string[]): [string, string[]] => ['ssh', ['-F', config, ...args]];
const eventsOf = (id: string): CastEvent[] =>
  readFileSync(fileOf(id), 'utf8')
    .split('\n')
    .map(parseEvent)
    .filter((event) => event !== undefined);
const outputOf = (id: string): string =>
  eventsOf(id)
    .map(([, code, text]) => (code === 'o' ? text : ''))
    .join('');
const verify = async (...args: string[]): Promise<Verdict> =>
  JSON.parse((await device('verify', ...args, '--json')).stdout) as Verdict;
const setPolicy = (onFull: 'close' | 'mark'): Promise<unknown> =>
  callAgent(stage.deviceData, systemClock(), {
    method: 'PATCH',
    path: '/v1/settings',
    body: { recordings: { onFull } },
    answer: z.unknown(),
  });
const open = async (): Promise<void> => {
  grant = await stage.fresh('--for', '1h', '--allow', 'terminal,files:write', '--reference', 'CASE-7');
  await stage.pair(erin, grant);
};
const ended = (count: number): Promise<Listed[]> =>
  askUntil(list, (all) => all.filter(({ state }) => state === 'ended').length >= count, 20_000);

before(async () => {
  stage = await testStage();
  erin = await stage.representative('erin@maker.example');
  await open();
  config = join(stage.files, 'ssh.config');
  writeFileSync(config, (await stage.sallyport(erin, ['ssh-config'])).stdout);
  const page = readFileSync(join(repository, 'docs/recordings.md'), 'utf8');
  script = join(stage.files, 'verify.py');
  writeFileSync(script, /```python\n([\s\S]*?)```/.exec(page)?.[1] ?? '');
});
after(async () => {
  killTerminals();
  disk?.remove();
  await stage?.end();
});

describe('what a representative is shown', () => {
  it('is recorded in a file of its own, with who it was and how it ended; what is typed is not', async () => {
    assert.equal((await exec('echo hello; echo wrong >&2; exit 7')).status, 7);
    const host = `${grant.port}.sallyport`;
    const terminal = openTerminal(...ssh(host));
    await terminal.shows(/[#$] $/);
    terminal.type(
      'stty -echo; echo "ready $((1 + 1))"; read -r secret; stty echo; echo "length $(printf %s "$secret" | wc -c)"\r',
    );
    await terminal.shows(/ready 2/);
    terminal.resize(100, 30);
    terminal.type('correct horse\r');
    await terminal.shows(/length 13/);
    terminal.type('exit 3\r');
    assert.equal(await terminal.ended, 3);
    const big = await runCommand(...ssh(host, 'head -c 3000000 /dev/zero'));
    assert.equal(big.stdout.length, 3_000_000);
    const [command, shell, exec1] = await ended(3);
    assert.deepEqual([exec1?.kind, exec1?.exit, exec1?.printed], ['command', { code: 7 }, 12]);
    assert.equal(
      outputOf(exec1?.id ?? '')
        .split('\r\n')
        .sort()
        .join(),
      ',hello,wrong',
    );
    assert.deepEqual([shell?.kind, shell?.what, shell?.exit], ['terminal', 'shell', { code: 3 }]);
    const shown = outputOf(shell?.id ?? '');
    assert.match(shown, /length 13/);
    assert.doesNotMatch(readFileSync(fileOf(shell?.id ?? ''), 'utf8'), /correct horse/);
    assert.ok(eventsOf(shell?.id ?? '').some(([, code, text]) => code === 'r' && text === '100x30'));
    assert.deepEqual([command?.printed, command?.recorded], [3_000_000, 1_048_576]);
    const head = readFileSync(fileOf(shell?.id ?? ''), 'utf8').split('\n')[1] ?? '';
    assert.match(head, /"reference":"CASE-7".*"representative":"erin@maker\.example".*"scope":"terminal"/);
    assert.equal((statSync(recordings()).mode & 0o777).toString(8), '700');
    for (const name of readdirSync(recordings())) {
      assert.equal((statSync(join(recordings(), name)).mode & 0o777).toString(8), '600', name);
    }
  });
  it('is shown again by play, and by asciinema’s own rules', async () => {
    const [, shell] = await list();
    const { status, stdout } = await device('play', shell?.id ?? '', '--speed', '1000');
    assert.equal(status, 0);
    assert.match(stdout, /length 13/);
  });
});

describe('a recording that is verified', () => {
  /** What the page's own script says, and our command, of a file. */
  const both = async (name: string, bytes: Buffer): Promise<string[]> => {
    const file = join(stage.files, name);
    writeFileSync(file, bytes);
    const { verdict, line, to } = await verify(file);
    const python = await runCommand('python3', [script, file]);
    assert.equal(python.status, verdict === 'intact' ? 0 : 1, python.stderr);
    return [[verdict, line, to].join(' ').trim(), python.stdout.trim()];
  };
  it('is intact, cut or changed by our command and by Python with openssl, which name the same lines', async () => {
    const [command] = await list();
    const whole = readFileSync(fileOf(command?.id ?? ''));
    const lines = whole.toString().split(/(?<=\n)/);
    const seals = lines.flatMap((line, at) => (line.startsWith('# sallyport-seal') ? [at + 1] : []));
    const [, second = 0] = seals;
    assert.deepEqual(await both('whole.cast', whole), [
      'intact',
      `intact: ${lines.length} lines, ${seals.length} seals`,
    ]);
    assert.deepEqual(await both('torn.cast', whole.subarray(0, -400)), [
      `truncated ${(seals.at(-2) ?? 0) + 1}`,
      `truncated: nothing vouches for it from line ${(seals.at(-2) ?? 0) + 1} on`,
    ]);
    const changed = Buffer.from(whole);
    changed[(lines.slice(0, 3).join('').length ?? 0) + 40] = 0x41;
    assert.deepEqual(await both('changed.cast', changed), [
      `tampered 4 ${second}`,
      `tampered: between line 4 and line ${second}`,
    ]);
    const swapped = Buffer.from([...lines.slice(0, 3), lines[4], lines[3], ...lines.slice(5)].join(''));
    assert.deepEqual((await both('swapped.cast', swapped))[0], `tampered 4 ${second}`);
    const seal = Buffer.from(whole.toString().replace(/"seal":2/, '"seal":3'));
    assert.deepEqual(await both('seal.cast', seal), [
      `tampered ${second}`,
      `tampered: the signature of the seal in line ${second} is not that of the device`,
    ]);
    assert.equal((await device('verify', '--all')).status, 0);
  });
  it('is held against what the relay noted, which the device cannot change any more', async () => {
    const [command] = await list();
    const export_ = async (): Promise<{ event: string; details: Record<string, unknown> }[]> =>
      (await runCommand(programs.relay, ['audit', 'export', '--data', stage.relayData])).stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { event: string; details: Record<string, unknown> });
    const notes = await askUntil(
      async () =>
        (await export_()).filter(
          ({ event, details }) => event === 'recording-head-1' && details['recording'] === command?.id,
        ),
      (found) => found.some(({ details }) => details['end'] === true),
      20_000,
    );
    const last = notes.at(-1)?.details ?? {};
    const noted = `${String(last['bytes'])}:${String(last['sha256'])}`;
    assert.equal((await verify(command?.id ?? '', '--noted', noted)).verdict, 'intact');
    const cut = join(stage.files, 'torn.cast');
    assert.match((await device('verify', cut, '--noted', noted)).stdout, /truncated.*noted elsewhere/);
    // So is the audit log of the device.
    const head = (await export_()).findLast(({ event }) => event === 'audit-head-1')?.details ?? {};
    const held = (seq: number) =>
      runCommand(programs.device, [
        ...['audit', 'verify', '--data', stage.deviceData],
        ...['--head', `${seq}:${String(head['hash'])}`],
      ]);
    assert.equal((await held(Number(head['seq']))).status, 0);
    assert.equal((await held(Number(head['seq']) - 1)).status, 3);
  });
});

describe('an agent that is killed', () => {
  it('has written what was seen a second ago, and the torn recording says from where nothing vouches for it', async () => {
    const count = 'n=0; while sleep 0.05; do n=$((n+1)); echo "line $n."; done';
    const terminal = openTerminal(...ssh('-tt', `${grant.port}.sallyport`, count));
    await terminal.shows(/line 20\./);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const seen = /line (\d+)\.\r\n[^\n]*$/.exec(terminal.seen())?.[1];
    const [torn] = await list();
    await stage.running.device.end('SIGKILL');
    assert.match(outputOf(torn?.id ?? ''), /line 20\./);
    assert.ok(Number(seen) > 0, terminal.seen());
    assert.ok(outputOf(torn?.id ?? '').includes(`line ${Number(seen) - 20}.`));
    terminal.kill();
    stage.running.device = await stage.startDevice();
    const found = await verify(torn?.id ?? '');
    assert.deepEqual([found.verdict, found.line], ['truncated', 4]);
    assert.equal((await list()).find(({ id }) => id === torn?.id)?.state, 'torn');
  });
});

describe('a disk that takes no more', () => {
  before(async () => {
    disk = mountDisk(recordings(), 4_096);
    await open();
  });
  it('closes the terminal, which says why, and the recording has its end', async () => {
    const full = await runCommand(...ssh('-tt', `${grant.port}.sallyport`, 'yes "$(seq 100)"'));
    assert.match(full.stderr, /cannot record this any more, and has ended it: the disk is full/);
    assert.equal(full.status, 251);
    const [last] = await ended(1);
    assert.deepEqual([last?.why, (await verify(last?.id ?? '')).verdict], ['disk', 'intact']);
    assert.ok(existsSync(fileOf(last?.id ?? '')));
  });
  it('opens nothing that it cannot record', async () => {
    disk?.fill();
    for (const refused of [
      await exec('echo in'),
      await runCommand(...ssh(`${grant.port}.sallyport`, 'echo in')),
    ]) {
      assert.doesNotMatch(refused.stdout, /in/);
      assert.match(refused.stderr, /cannot record this, and so does not open it: the disk is full/);
      assert.equal(refused.status, 253);
    }
  });
  it('or goes on with a mark, by policy, and records again when there is room', async () => {
    await setPolicy('mark');
    assert.equal((await exec('echo in')).stdout, 'in\n');
    for (const name of readdirSync(recordings())) rmSync(join(recordings(), name));
    const terminal = openTerminal(...ssh('-tt', `${grant.port}.sallyport`, 'sh'));
    await terminal.shows(/[#$] $/);
    const [running] = await askUntil(list, ([first]) => first?.state === 'running', 10_000);
    const broken = (): number => stage.running.device.said().split('recording-broken-1').length;
    const before = broken();
    disk?.fill();
    terminal.type('echo "lost $((1 + 1))"\r');
    await terminal.shows(/lost 2/);
    // What the disk did not take a moment ago waits for it; what comes now does not.
    await until('it cannot be recorded', () => broken() > before, 10_000);
    terminal.type('echo "gone $((1 + 1))"\r');
    await terminal.shows(/gone 2/);
    disk?.free();
    await until(
      'it records again',
      () => /bytes were not recorded/.test(readFileSync(fileOf(running?.id ?? ''), 'utf8')),
      10_000,
    );
    terminal.type('echo "kept $((1 + 1))"; exit\r');
    await terminal.ended;
    await askUntil(list, ([first]) => first?.state === 'ended', 10_000);
    assert.equal((await verify(running?.id ?? '')).verdict, 'intact');
    assert.match(outputOf(running?.id ?? ''), /lost 2[\s\S]*kept 2/);
    assert.doesNotMatch(outputOf(running?.id ?? ''), /gone 2/);
    await setPolicy('close');
  });
});
