import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { killTerminals, openTerminal, type Terminal } from '../../scripts/stage/terminal.ts';
import { type Enabled, type Finished, mustRun, programs, type TestStage, testStage } from '../stage/index.ts';

const passphrase = 'seven quiet lighthouses';
const other = 'nine louder lighthouses';
let stage: TestStage;
let grant: Enabled;
let erin = '';
/** In a login session of its own, as PAM makes one, so with a keyring of its own in the kernel. */
const inSession = ['session', '-'];

before(async () => {
  stage = await testStage();
  grant = await stage.fresh();
  erin = join(stage.files, 'erin');
  const invite = await mustRun(programs.relay, [
    ...['representative', 'invite', 'erin@maker.example', '--data', stage.relayData],
  ]);
  writeFileSync(join(stage.files, 'passphrase'), `${passphrase}\n`, { mode: 0o600 });
  const argv = ['login', invite.trim(), '--passphrase-file', join(stage.files, 'passphrase'), '--json'];
  const made = await stage.sallyport(erin, argv);
  assert.equal(JSON.parse(made.stdout).passphrase, true, made.stdout);
});
after(async () => {
  killTerminals();
  await stage.end();
});

const env = (given?: string): NodeJS.ProcessEnv => ({
  SALLYPORT_DATA: erin,
  SALLYPORT_KEYRING: 'false',
  ...(given === undefined ? {} : { SALLYPORT_PASSPHRASE: given }),
});
const run = (args: string[], given?: string): Promise<Finished> =>
  stage.sallyport(erin, [...args, '--json'], { env: env(given) });
const code = ({ stdout }: Finished): string => JSON.parse(stdout).error.code;
const typeInto = async (terminal: Terminal, answers: readonly [RegExp, string][]): Promise<void> => {
  for (const [question, answer] of answers) {
    await terminal.shows(question);
    terminal.type(`${answer}\r`);
  }
};
const asks = /Passphrase of your key: /;

describe('a key under a passphrase', () => {
  it('is not on the disk without it, and opens by it alone', async () => {
    const file = readFileSync(join(erin, 'identity.json'), 'utf8');
    assert.match(file, /BEGIN ENCRYPTED PRIVATE KEY/);
    assert.doesNotMatch(file, /BEGIN PRIVATE KEY/);
    const seen = await run(['whoami'], passphrase);
    assert.deepEqual([seen.status, JSON.parse(seen.stdout).passphrase], [0, true]);
    const wrong = await run(['whoami'], 'another passphrase');
    assert.deepEqual([wrong.status, code(wrong)], [3, 'passphrase-wrong']);
  });

  it('says what to do where there is no terminal to ask at', async () => {
    const ran = await run(['whoami']);
    assert.deepEqual([ran.status, code(ran)], [3, 'passphrase-needed']);
    const { next } = JSON.parse(ran.stdout).error;
    assert.match(next, /sallyport whoami` at a terminal first.*SALLYPORT_PASSPHRASE/);
  });

  it('is asked for at the terminal by ssh itself, through its ProxyCommand', async () => {
    await stage.sallyport(erin, ['pair', String(grant.port)], {
      env: { ...env(passphrase), SALLYPORT_OTP: grant.otp },
    });
    const config = join(stage.files, 'ssh.config');
    writeFileSync(config, (await stage.sallyport(erin, ['ssh-config'])).stdout);
    const terminal = openTerminal(
      'ssh',
      ['-F', config, `${grant.port}.sallyport`, 'echo in=$((1+1))'],
      env(),
    );
    await typeInto(terminal, [[asks, passphrase]]);
    await terminal.shows(/in=2/);
    assert.equal(await terminal.ended, 0);
  });

  it('is asked for three times, and not shown', async () => {
    const terminal = openTerminal(programs.support, ['whoami'], env());
    await typeInto(terminal, [
      [asks, 'wrong once'],
      [/That was not it\. Passphrase of your key: /, 'wrong twice'],
      [/That was not it\. Passphrase of your key: /, passphrase],
    ]);
    const [shown] = await terminal.shows(/[\s\S]*erin@maker\.example \(support\)/);
    assert.equal(await terminal.ended, 0);
    assert.doesNotMatch(shown, /lighthouses/);
  });

  it('is asked for once in a login session, whose keyring keeps what opens it', async () => {
    const script = `
      "$1" whoami </dev/tty && "$1" whoami --json </dev/null && setsid "$1" exec ${grant.port} --json -- echo from-afar
      "$1" passphrase --lock && setsid "$1" whoami --json; echo status=$?`;
    const terminal = openTerminal('keyctl', [...inSession, 'sh', '-c', script, 'sh', programs.support], {
      SALLYPORT_DATA: erin,
    });
    await typeInto(terminal, [[asks, passphrase]]);
    await terminal.shows(/"id":"erin@maker\.example"/);
    await terminal.shows(/from-afar/);
    await terminal.shows(/The keyring has nothing of it any more/);
    await terminal.shows(/passphrase-needed[\s\S]*status=3/);
    await terminal.ended;
    const kept = readFileSync('/proc/keys', 'utf8');
    assert.doesNotMatch(kept, /lighthouses/);
  });

  it('gets another one for the old one, typed twice, and loses it for the new one', async () => {
    const change = openTerminal(programs.support, ['passphrase'], env());
    await typeInto(change, [
      [asks, passphrase],
      [/New passphrase for your key: /, other],
      [/The same again: /, other],
    ]);
    await change.shows(/Your key is under this passphrase now/);
    assert.equal(await change.ended, 0);
    assert.equal(code(await run(['whoami'], passphrase)), 'passphrase-wrong');
    writeFileSync(join(stage.files, 'short'), 'short\n', { mode: 0o600 });
    const short = await run(['passphrase', '--passphrase-file', join(stage.files, 'short')], other);
    assert.deepEqual([short.status, code(short)], [2, 'passphrase-short']);
    const removed = await run(['passphrase', '--remove'], other);
    assert.deepEqual(JSON.parse(removed.stdout), { passphrase: false });
    assert.equal((await run(['whoami'])).status, 0);
    assert.match(readFileSync(join(erin, 'identity.json'), 'utf8'), /BEGIN PRIVATE KEY/);
  });
});
