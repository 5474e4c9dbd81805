/**
 * A representative who was let in with a terminal and files, against the consent that let them in. Everything is real: relay,
 * device and CLI, and the device runs what it is told to as another user, as it should.
 */
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Status, statusOf } from '../../scripts/hostile/agent.ts';
import {
  type Enabled,
  type Finished,
  programs,
  runCommand,
  startService,
  type TestStage,
  testStage,
} from '../stage/index.ts';

let stage: TestStage;
let erin = '';
let grant: Enabled;
/** A folder in which the device finds a user that this machine need not have. */
let getent = '';

before(async () => {
  if (process.getuid?.() !== 0) throw new Error('this test becomes another user: run the tests as root');
  getent = mkdtempSync(join(tmpdir(), 'sallyport-test-'));
  writeFileSync(join(getent, 'getent'), '#!/bin/sh\necho "support:x:65534:65534::/tmp:/bin/sh"\n');
  chmodSync(join(getent, 'getent'), 0o755);
  const PATH = `${getent}:${process.env['PATH']}`;
  stage = await testStage({ runAs: 'support', deviceEnv: { PATH } });
  erin = await stage.representative('erin@maker.example');
  grant = await stage.fresh(
    '--for',
    '1h',
    '--allow',
    `terminal,files:write,web,tcp:localhost:${stage.webPort}`,
  );
  await stage.pair(erin, grant);
});
after(async () => {
  await stage.end();
  rmSync(getent, { recursive: true, force: true });
});

const status = (): Promise<Status> => statusOf(stage.deviceData);
/** A line for the shell on the device. */
const onDevice = (line: string): Promise<Finished> =>
  stage.sallyport(erin, ['exec', String(grant.port), '--', line]);
const codeIn = ({ stdout }: Finished): string => JSON.parse(stdout).error.code;
const ssh = async (...args: string[]): Promise<Finished> => {
  const config = join(stage.files, 'ssh.config');
  if (!existsSync(config)) writeFileSync(config, (await stage.sallyport(erin, ['ssh-config'])).stdout);
  return runCommand('ssh', ['-F', config, '-o', 'ControlMaster=no', ...args]);
};

describe('a representative with a terminal, as another user than the agent,', () => {
  it('is that user, and nobody more', async () => {
    const { stdout } = await onDevice('id -u; id -G');
    assert.deepEqual(stdout.split('\n').slice(0, 2), ['65534', '65534']);
  });
  it('cannot reach the socket of the agent', async () => {
    const socket = join(stage.deviceData, 'agent.sock');
    assert.ok(existsSync(socket));
    const { stdout } = await onDevice(
      `'${process.execPath}' -e "require('net').connect('${socket}').on('error', (e) => console.log(e.code)).on('connect', () => console.log('in'))"`,
    );
    assert.equal(stdout, 'EACCES\n');
  });
  for (const act of [
    'status',
    'extend --for 24h',
    'enable --allow terminal',
    'approve',
    'new-password',
    'disable',
  ]) {
    it(`cannot run ${act} on the device`, async () => {
      const { leftMs: before = 0 } = await status();
      const refused = await onDevice(`'${programs.device}' ${act} --data '${stage.deviceData}'`);
      assert.notEqual(refused.status, 0);
      const { state, leftMs = 0, waiting } = await status();
      assert.deepEqual([state, waiting], ['open', []]);
      assert.ok(leftMs <= before);
    });
  }
  it('cannot read the keys and the log of the agent, nor take their traces away', async () => {
    for (const line of [
      `cat '${stage.deviceData}/identity.json'`,
      `ls '${stage.deviceData}'`,
      `rm -rf '${stage.deviceData}'`,
    ]) {
      const refused = await onDevice(line);
      assert.notEqual(refused.status, 0, line);
      assert.match(refused.stderr, /Permission denied/, line);
    }
    assert.ok(existsSync(join(stage.deviceData, 'identity.json')));
  });
  it('cannot open the web interface of the device, which closes what their user opens', async () => {
    const page = `http://127.0.0.1:${stage.webPort}/v1/me`;
    const script = `fetch('${page}').then(({ status }) => console.log('answered', status), () => console.log('closed'))`;
    const { stdout } = await onDevice(`'${process.execPath}' -e "${script}"`);
    assert.equal(stdout.trim(), 'closed');
    assert.equal((await fetch(page)).status, 200);
  });
  it('is named in the audit log of the device for every command', async () => {
    await onDevice('true');
    const { stdout } = await runCommand('sh', [
      '-c',
      `strings -a '${stage.deviceData}/state.sqlite-wal' '${stage.deviceData}'/*.sqlite 2>/dev/null | grep -c channel-opened-1`,
    ]);
    assert.ok(Number(stdout) > 0, stdout);
  });
});

describe('a representative with files', () => {
  it('cannot fetch what belongs to the agent', async () => {
    for (const name of ['identity.json', 'agent.sock', '.']) {
      const refused = await stage.sallyport(erin, [
        'cp',
        `${grant.port}:${stage.deviceData}/${name}`,
        join(stage.files, 'stolen'),
        '--json',
      ]);
      assert.deepEqual([refused.status, codeIn(refused)], [3, 'file-denied'], name);
    }
    assert.ok(!existsSync(join(stage.files, 'stolen')));
  });
});

describe('a representative with stock ssh', () => {
  it('reaches no listener of the agent, though its address is allowed', async () => {
    const refused = await ssh(
      '-o',
      'LogLevel=INFO',
      '-W',
      `localhost:${stage.webPort}`,
      `${grant.port}.sallyport`,
    );
    assert.equal(refused.status, 255);
    assert.match(refused.stderr, /prohibited.*leads to the agent itself/i);
  });
});

describe('processes of a representative', () => {
  const isThere = (pid: string): boolean =>
    existsSync(`/proc/${pid}`) && !/^State:\sZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  it('that left their session, ignore signals and forked twice are gone when Disable returns', async () => {
    const stubborn =
      'echo "$1 $$"; exec >/dev/null 2>&1 </dev/null; trap "" HUP TERM INT QUIT; while :; do sleep 1; done';
    const line = `for n in 1 2 3; do (setsid sh -c '${stubborn}' stubborn $n & ); done; sleep 60`;
    const env = { SALLYPORT_DATA: erin };
    const running = startService(programs.support, ['exec', String(grant.port), '--', line], env);
    const told = await Promise.all([1, 2, 3].map((n) => running.line(new RegExp(`^${n} \\d+$`))));
    const pids = told.map((said) => said.slice(2));
    assert.ok(pids.every(isThere));
    await stage.device(['disable']);
    assert.deepEqual(pids.filter(isThere), []);
    await running.end();
  });
});

describe('a representative without the scope', () => {
  before(async () => {
    grant = await stage.fresh('--for', '1h', '--allow', 'tcp:127.0.0.1:9');
    await stage.pair(erin, grant);
  });
  for (const [what, args] of [
    ['a command', () => ['exec', String(grant.port), '--json', '--', 'true']],
    ['a file', () => ['cp', `${grant.port}:/etc/hostname`, stage.files, '--json']],
  ] as const) {
    it(`is refused by the name of the scope: ${what}`, async () => {
      const refused = await stage.sallyport(erin, args());
      assert.equal(refused.status % 250, 3);
      assert.equal(codeIn(refused), 'scope-refused');
    });
  }
  it('has none by stock ssh either, where no program of ours looks first', async () => {
    for (const args of [['true'], ['-s', 'sftp'], ['-tt']]) {
      const [first = '', ...rest] = args;
      const refused = first.startsWith('-')
        ? await ssh(first, `${grant.port}.sallyport`, ...rest)
        : await ssh(`${grant.port}.sallyport`, ...args);
      assert.notEqual(refused.status, 0, args.join(' '));
    }
  });
});
