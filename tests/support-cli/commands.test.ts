import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { killTerminals, openTerminal } from '../../scripts/stage/terminal.ts';
import { type Finished, programs, type TestStage, testStage } from '../stage/index.ts';

let stage: TestStage;
let erin = '';
let port = '';
before(async () => {
  stage = await testStage();
  erin = await stage.representative('erin@maker.example');
  const grant = await stage.fresh();
  port = String(grant.port);
  await stage.pair(erin, grant);
});
after(async () => {
  killTerminals();
  await stage.end();
});
const exec = (...words: string[]): Promise<Finished> => stage.sallyport(erin, ['exec', port, '--', ...words]);

describe('each program', () => {
  for (const program of Object.values(programs)) {
    it(`starts without a PATH: ${program.split('/').at(-1)}`, () => {
      const { stdout } = spawnSync(program, ['--version'], { env: { PATH: '' }, cwd: '/', encoding: 'utf8' });
      assert.match(stdout, /^\d+\.\d+\.\d+\n$/);
    });
  }
});

describe('exec', () => {
  it('returns what the command wrote, apart, and its status', async () => {
    assert.deepEqual(await exec('echo out; echo err >&2; exit 7'), {
      status: 7,
      stdout: 'out\n',
      stderr: 'err\n',
    });
  });
  it('hands over several words as they were given', async () => {
    assert.deepEqual(await exec('sh', '-c', 'printf "%s|" "$@"; exit 7', 'sh', 'a  b', '$HOME'), {
      status: 7,
      stdout: 'a  b|$HOME|',
      stderr: '',
    });
  });
  it('returns the status of a shell for a command that a signal ended', async () => {
    assert.equal((await exec('kill -TERM $$')).status, 128 + 15);
  });
  it('tells who is there', async () => {
    assert.equal((await exec('echo $SALLYPORT_REPRESENTATIVE')).stdout, 'erin@maker.example\n');
  });
  it('carries standard input and output whole, and their ends', async () => {
    const bytes = randomBytes(20_000_000);
    const child = spawn(programs.support, ['exec', port, '--data', erin, '--', 'cat'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    child.stdin.on('error', () => {});
    child.stdin.end(bytes);
    const hash = createHash('sha256');
    child.stdout.on('data', (chunk) => hash.update(chunk));
    const [status] = await once(child, 'close');
    assert.equal(status, 0);
    assert.equal(hash.digest('hex'), createHash('sha256').update(bytes).digest('hex'));
  });
  it('ends when the command ends, although its input goes on', async () => {
    const child = spawn(programs.support, ['exec', port, '--data', erin, '--', 'head -c 3'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    child.stdin.on('error', () => {});
    child.stdin.write('abcdef');
    const [chunk] = await once(child.stdout, 'data');
    assert.equal(String(chunk), 'abc');
    assert.deepEqual(await once(child, 'close'), [0, null]);
  });
  it('waits for its reader instead of keeping what a command writes', async () => {
    const child = spawn(
      programs.support,
      ['exec', port, '--data', erin, '--', 'yes | head -c 100000000; echo done >&2'],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    let isDone = false;
    child.stderr.on('data', () => {
      isDone = true;
    });
    await once(child.stdout, 'readable');
    // Other commands come and go meanwhile: this one is not slow, it is held.
    for (let others = 0; others < 4; others += 1) assert.equal((await exec('true')).status, 0);
    assert.equal(isDone, false);
    let bytes = 0;
    child.stdout.on('data', (chunk) => {
      bytes += chunk.length;
    });
    assert.deepEqual(await once(child, 'close'), [0, null]);
    assert.equal(bytes, 100_000_000);
  });
  it('ends the command on the device when its own reader goes away', async () => {
    const child = spawn(programs.support, ['exec', port, '--data', erin, '--', 'echo $$; exec yes'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = await once(child.stdout, 'data');
    child.stdout.destroy();
    assert.deepEqual(await once(child, 'close'), [141, null]);
    await untilGone(Number(String(line).split('\n')[0]));
  });
  it('gives the command a terminal when asked to', async () => {
    const { stdout } = await stage.sallyport(erin, ['exec', port, '-t', '--', 'tty; stty size']);
    assert.match(stdout, /^\/dev\/(pts\/)?\d+\r\n24 80\r\n$/);
  });
  it('adds 250 to its own failures', async () => {
    const { status } = await stage.sallyport(erin, ['exec', '123', '--', 'true']);
    assert.equal(status, 252);
  });
  it('says where an option goes that was meant for the command on the device', async () => {
    const { status, stderr } = await stage.sallyport(erin, ['exec', port, 'ls', '-l']);
    assert.equal(status, 252);
    assert.match(stderr, /Unknown option '-l'.*comes after --/);
  });
  it('ends the session when it is told to end, and the command on the device with it', async () => {
    const child = spawn(programs.support, ['exec', port, '--data', erin, '--', 'echo $$; exec sleep 600'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [line] = await once(child.stdout, 'data');
    child.kill('SIGTERM');
    assert.deepEqual(await once(child, 'close'), [251, null]);
    await untilGone(Number(String(line)));
  });
});

/** Resolves when no such process is left; looks for five seconds. */
async function untilGone(pid: number): Promise<void> {
  for (let looks = 0; looks < 100; looks += 1) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`process ${pid} still runs`);
}

describe('connect', () => {
  const open = (): ReturnType<typeof openTerminal> =>
    openTerminal(programs.support, ['connect', port], { SALLYPORT_DATA: erin });

  it('is a terminal: size, resize, status', async () => {
    const terminal = open();
    terminal.type('stty size; echo "first=$?"\r');
    assert.equal((await terminal.shows(/(\d+ \d+)\r\n[^\n]*first=0/))[1], '24 80');
    terminal.resize(132, 43);
    // What is typed may overtake the signal that tells of the new size.
    terminal.type('until [ "$(stty size)" = "43 132" ]; do sleep 0.1; done; echo "second=$?"\r');
    await terminal.shows(/second=0/);
    terminal.type('exit 5\r');
    assert.equal(await terminal.ended, 5);
  });
  it('helps at ~?, sends a tilde for ~~, and ends at ~.', async () => {
    const terminal = open();
    terminal.type('echo ready=$((1+1))\r');
    await terminal.shows(/ready=2/);
    terminal.type('\r~?');
    await terminal.shows(/~\. {3}end the connection/);
    terminal.type('\r~~x');
    await terminal.shows(/~x/);
    terminal.type('\x15\r~.');
    assert.equal(await terminal.ended, 0);
  });
  it('passes Ctrl-C on to the device instead of ending', async () => {
    const terminal = open();
    const script = 'trap "echo caught=\\$((1+1)); exit" INT; echo ready=$((1+1)); while :; do sleep 1; done';
    terminal.type(`sh -c '${script}'\r`);
    await terminal.shows(/ready=2/);
    terminal.type('\x03');
    await terminal.shows(/caught=2/);
    terminal.type('exit\r');
    await terminal.ended;
  });
  it('gives the terminal back as it was, also after a program that changed it', async () => {
    const script = `stty -g; "$0" connect ${port}; echo "status=$?"; stty -g`;
    const terminal = openTerminal('sh', ['-c', script, programs.support], { SALLYPORT_DATA: erin });
    const before = (await terminal.shows(/([0-9a-f]+:[0-9a-f:]+)\r\n/))[1];
    terminal.type('printf "\\033[?1049h"; echo ready=$((1+1))\r');
    await terminal.shows(/ready=2/);
    terminal.type('\r~.');
    await terminal.shows(/\[\?1049l/);
    await terminal.shows(/status=0/);
    assert.equal((await terminal.shows(/([0-9a-f]+:[0-9a-f:]+)\r\n/))[1], before);
  });
  it('is refused where standard input is no terminal', async () => {
    const { status, stderr } = await stage.sallyport(erin, ['connect', port]);
    assert.equal(status, 252);
    assert.match(stderr, /A terminal is needed/);
  });
  it('says in one quiet line that the connection is lost, takes it away, and goes on with the same shell', async () => {
    const terminal = open();
    terminal.type('echo shell=$$=\r');
    const shell = (await terminal.shows(/shell=(\d+)=/))[1];
    await stage.running.relay.end('SIGKILL');
    await terminal.shows(/connection lost, trying again \.\.\./);
    stage.running.relay = await stage.startRelay();
    await terminal.shows(/\x1b\[2K\x1b8/, 40_000);
    terminal.type('echo again=$$=\r');
    assert.equal((await terminal.shows(/again=(\d+)=/))[1], shell);
    terminal.type('exit\r');
    assert.equal(await terminal.ended, 0);
  });
});
