import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { killTerminals, openTerminal } from '../../scripts/stage/terminal.ts';
import {
  type Finished,
  mustRun,
  type RunOptions,
  runCommand,
  type TestStage,
  testStage,
} from '../stage/index.ts';

let stage: TestStage;
let config = '';
let host = '';
let there = '';
const bytes = randomBytes(5_000_000);
const here = (name: string): string => join(stage.files, name);

before(async () => {
  stage = await testStage();
  const erin = await stage.representative('erin@maker.example');
  const grant = await stage.fresh();
  host = `${grant.port}.sallyport`;
  const paired = await stage.sallyport(erin, ['pair', String(grant.port)], {
    env: { SALLYPORT_OTP: grant.otp },
  });
  assert.equal(paired.status, 0, paired.stderr);
  config = await configOf(erin, 'ssh.config');
  await mustRun('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', here('key')]);
  there = here('there');
  mkdirSync(there);
  writeFileSync(here('original'), bytes);
});
// One that a test which failed has left open is a master, by which the next would connect.
afterEach(killTerminals);
after(() => stage.end());
async function configOf(who: string, name: string): Promise<string> {
  writeFileSync(here(name), (await stage.sallyport(who, ['ssh-config'])).stdout);
  return here(name);
}
const ssh = (args: string[], options?: RunOptions): Promise<Finished> =>
  runCommand('ssh', ['-F', config, ...args], options);

describe('stock ssh through ssh-config', () => {
  it('asks for nothing but the one-time password, once', async () => {
    const newcomer = await configOf(await stage.representative('anna@maker.example'), 'newcomer.config');
    const { otp } = JSON.parse((await stage.device(['new-password', '--json'])).stdout);
    const terminal = openTerminal('ssh', ['-F', newcomer, host, 'echo status=$((1+1))']);
    await terminal.shows(/^One-time password for \d{5}: /);
    terminal.type(`${otp}\r`);
    await terminal.shows(/^\s*status=2\r\n$/);
    assert.equal(await terminal.ended, 0);
  });
  it('runs a command without a word of its own, and returns its status', async () => {
    assert.deepEqual(await ssh([host, 'echo out; exit 3']), { status: 3, stdout: 'out\n', stderr: '' });
  });
  it('has a terminal that is resized', async () => {
    const terminal = openTerminal('ssh', ['-F', config, host]);
    terminal.resize(100, 30);
    terminal.type('echo "ready=$((1+1))"\r');
    await terminal.shows(/ready=2/);
    terminal.resize(132, 43);
    // What is typed at once may go before the size: the client looks at its signals before it reads what is typed.
    terminal.type('until [ "$(stty size)" = "43 132" ]; do sleep 0.1; done; echo "done=$?"\r');
    await terminal.shows(/done=0/);
    terminal.type('exit 4\r');
    assert.equal(await terminal.ended, 4);
  });
  it('offers none of the person’s keys', async () => {
    const { stderr } = await ssh(['-v', '-i', here('key'), host, 'true']);
    assert.doesNotMatch(stderr, /Offering public key|Trying private key/);
    assert.match(stderr, /Authenticated to .* using "none"/);
  });
  it('takes the host key from the pin, and refuses any other', async () => {
    const wrong = here('wrong-host-key');
    const key = readFileSync(`${here('key')}.pub`, 'utf8')
      .split(' ')
      .slice(0, 2)
      .join(' ');
    writeFileSync(wrong, `#!/bin/sh\necho "${host} ${key}"\n`, { mode: 0o700 });
    const refused = await ssh(['-o', `KnownHostsCommand=${wrong}`, '-o', 'ControlPath=none', host, 'true']);
    assert.equal(refused.status, 255);
    assert.match(refused.stderr, /Host key verification failed/);
  });
  it('copies by scp both ways', async () => {
    await mustRun('scp', ['-q', '-F', config, here('original'), `${host}:${join(there, 'by-scp')}`]);
    // Several times: OpenSSH's scp writes in place, and cuts the file short if READs are answered out of order.
    for (let times = 0; times < 8; times += 1) {
      await mustRun('scp', ['-q', '-F', config, `${host}:${join(there, 'by-scp')}`, here('by-scp')]);
      assert.ok(readFileSync(here('by-scp')).equals(bytes));
    }
  });
  it('copies by the scp of old both ways', async () => {
    await mustRun('scp', ['-O', '-q', '-F', config, here('original'), `${host}:${join(there, 'by-rcp')}`]);
    await mustRun('scp', ['-O', '-q', '-F', config, `${host}:${join(there, 'by-rcp')}`, here('by-rcp')]);
    assert.ok(readFileSync(here('by-rcp')).equals(bytes));
  });
  it('copies by sftp both ways', async () => {
    const batch = `put ${here('original')} ${join(there, 'by-sftp')}\nget ${join(there, 'by-sftp')} ${here('by-sftp')}\n`;
    await mustRun('sftp', ['-q', '-F', config, '-b', '-', host], { input: batch });
    assert.ok(readFileSync(here('by-sftp')).equals(bytes));
  });
  it('synchronises by rsync', async () => {
    mkdirSync(here('tree/inner'), { recursive: true });
    writeFileSync(here('tree/inner/file'), bytes);
    await mustRun('rsync', [
      '-a',
      '-e',
      `ssh -F ${config}`,
      here('tree/'),
      `${host}:${join(there, 'tree/')}`,
    ]);
    assert.ok(readFileSync(join(there, 'tree/inner/file')).equals(bytes));
  });
  it('clones by git', async () => {
    const git = (...args: string[]): Promise<string> =>
      mustRun(
        'git',
        ['-c', 'user.name=t', '-c', 'user.email=t@example.invalid', '-c', 'init.defaultBranch=main', ...args],
        {
          env: { GIT_SSH_COMMAND: `ssh -F ${config}`, GIT_CONFIG_GLOBAL: '/dev/null' },
        },
      );
    await git('init', '-q', join(there, 'repository'));
    await git('-C', join(there, 'repository'), 'commit', '-q', '--allow-empty', '-m', 'Begin');
    await git('clone', '-q', `ssh://${host}${join(there, 'repository')}`, here('clone'));
    assert.match(await git('-C', here('clone'), 'log', '--oneline'), /Begin/);
  });
  it('shares one connection of a master', async () => {
    const sessions = async (): Promise<unknown[]> =>
      JSON.parse((await stage.device(['status', '--json'])).stdout).sessions;
    // Who came before signs for it yet.
    while ((await sessions()).length > 0);
    const terminal = openTerminal('ssh', ['-F', config, host]);
    terminal.type('echo ready=$((1+1))\r');
    await terminal.shows(/ready=2/);
    const started = performance.now();
    const { status, stdout, stderr } = await ssh([host, 'echo shared']);
    assert.deepEqual([status, stdout, stderr], [0, 'shared\n', '']);
    assert.equal(
      (await sessions()).length,
      1,
      `one session, although the second call took ${performance.now() - started} ms`,
    );
    terminal.type('exit\r');
    await terminal.ended;
  });
  it('serves twenty calls at the same time', async () => {
    const calls = Array.from({ length: 20 }, (_, n) => ssh(['-o', 'ControlPath=none', host, `echo ${n}`]));
    const results = await Promise.all(calls);
    assert.deepEqual(
      results.map(({ status, stdout }) => [status, stdout]),
      results.map((_, n) => [0, `${n}\n`]),
    );
  });
  it('goes on with the same shell after the relay was killed', async () => {
    const terminal = openTerminal('ssh', ['-F', config, host]);
    terminal.type('echo shell=$$=\r');
    const shell = (await terminal.shows(/shell=(\d+)=/))[1];
    await stage.restartRelay('SIGKILL');
    terminal.type('echo again=$$=\r');
    assert.equal((await terminal.shows(/again=(\d+)=/, 40_000))[1], shell);
    terminal.type('exit\r');
    assert.equal(await terminal.ended, 0);
  });
  // The last one: the grant of the others has ended after it.
  it('says which leg failed when the grant has ended', async () => {
    await stage.device(['disable']);
    const { status, stderr } = await ssh([host, 'true']);
    assert.equal(status, 255);
    assert.match(stderr, /^sallyport: .*\[relay\]\n {2}Next: /);
  });
});
