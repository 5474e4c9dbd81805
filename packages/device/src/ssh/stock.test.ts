import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { closed, endTestSessions, socketPair, type TestSession, testSession } from '../channels/testing.ts';
import { nobody, running, uniqueSeconds, until } from '../processes/testing.ts';
import { type StockSsh, stockSsh } from './testing.ts';

const hash = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

let session: TestSession;
let stock: StockSsh;
const opened: StockSsh[] = [];

async function reach(of: TestSession): Promise<StockSsh> {
  const one = await stockSsh(of);
  opened.push(one);
  return one;
}

before(async () => {
  session = testSession(['terminal', 'files:write'], {}, undefined, await socketPair());
  stock = await reach(session);
});
after(async () => {
  await endTestSessions();
  for (const one of opened) one.close();
});

describe('ssh, as everybody has it', () => {
  it('runs a command: output and errors apart, its exit status, no word of its own', async () => {
    const ran = await stock.ssh(['device', 'cat; echo err >&2; exit 5'], 'in\n');
    assert.deepEqual(ran, { output: Buffer.from('in\n'), errors: 'err\n', code: 5 });
  });

  it('lets any user name in: the session says who is there', async () => {
    assert.equal((await stock.ssh(['-l', 'somebody-else', 'device', 'id -un'])).code, 0);
  });

  it('says by which signal a command ended', async () => {
    const ran = await stock.ssh(['-v', '-o', 'LogLevel=DEBUG1', 'device', 'kill -TERM $$']);
    assert.equal(ran.code, 255);
    assert.match(ran.errors, /exit-signal/);
  });

  it('ends a command whose output nobody reads any more', async () => {
    const child = stock.start('ssh', ['device', 'exec yes']);
    child.stdout?.once('data', () => child.stdout?.destroy());
    await once(child, 'close');
    assert.equal(child.exitCode, 255, 'it ended by SIGPIPE');
  });

  it('loses nothing of 64 MiB each way', async () => {
    const bytes = randomBytes(64 * 1024 * 1024);
    const up = await stock.ssh(['device', 'sha256sum'], bytes);
    assert.equal(up.output.toString().split(' ')[0], hash(bytes));
    const path = join(stock.folder, 'big');
    writeFileSync(path, bytes);
    const down = await stock.ssh(['device', `cat ${path}`]);
    assert.equal(hash(down.output), hash(bytes));
    assert.equal(down.code, 0);
  });

  it('goes on when a command reads at last what filled every buffer', async () => {
    const bytes = randomBytes(12 * 1024 * 1024);
    const ran = await stock.ssh(['device', 'sleep 0.5; sha256sum'], bytes);
    assert.equal(ran.output.toString().split(' ')[0], hash(bytes));
  });

  it('loses nothing though keys are exchanged again and again', async () => {
    const bytes = randomBytes(4 * 1024 * 1024);
    const ran = await stock.ssh(['-o', 'RekeyLimit=1M', 'device', 'cat'], bytes);
    assert.equal(hash(ran.output), hash(bytes));
  });

  it('loses nothing of output and errors that both have to wait', async () => {
    const line = 'head -c 8000000 /dev/zero & head -c 8000000 /dev/zero >&2; wait; echo end; echo end >&2';
    const ran = await stock.ssh(['device', line]);
    assert.equal(ran.output.length, 8_000_004);
    assert.equal(ran.errors.length, 8_000_004);
    assert.ok(ran.output.subarray(-4).equals(Buffer.from('end\n')) && ran.errors.endsWith('end\n'));
  });

  it('sets LANG and LC_*, and nothing else', async () => {
    const options = ['LANG=de_DE.UTF-8', 'LC_TIME=C', 'LD_PRELOAD=/x.so', 'EVIL=1'].flatMap((one) => [
      '-o',
      `SetEnv ${one}`,
    ]);
    const ran = await stock.ssh([...options.slice(0, 2), 'device', 'exec env']);
    assert.match(ran.output.toString(), /^LANG=de_DE\.UTF-8$/m);
    const evil = await stock.ssh(['-o', 'SetEnv EVIL=1 LD_PRELOAD=/x.so LC_TIME=C', 'device', 'exec env']);
    assert.match(evil.output.toString(), /^LC_TIME=C$/m);
    assert.doesNotMatch(evil.output.toString(), /EVIL|LD_PRELOAD/);
    assert.match(evil.output.toString(), /^SALLYPORT_REPRESENTATIVE=erin@maker\.example$/m);
  });

  it('refuses X11, the agent, remote forwards and stream-local ones', async () => {
    const refused = session.told.length;
    const ran = await stock.ssh([
      '-o',
      'LogLevel=INFO',
      '-X',
      '-A',
      '-R',
      '0:localhost:1',
      'device',
      'echo $SSH_AUTH_SOCK$DISPLAY',
    ]);
    assert.equal(ran.output.toString(), '\n');
    assert.match(ran.errors, /remote port forwarding failed/);
    const told = session.told.slice(refused).map(([what, , thing]) => `${what} ${String(thing)}`);
    assert.ok(told.includes('refused remote forward'));
  });

  it('refuses a socket by its path', async () => {
    const path = join(stock.folder, 'path');
    const child = stock.start('ssh', ['-o', 'LogLevel=INFO', '-N', '-L', `${path}:/run/x.socket`, 'device']);
    let errors = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      errors += chunk.toString();
    });
    await until(() => existsSync(path), 'the forward');
    const socket = connect(path);
    socket.on('error', () => {});
    await closed(socket);
    await until(() => /open failed.*direct-streamlocal/.test(errors), 'the sentence');
    child.kill('SIGKILL');
    await once(child, 'close');
  });
});

describe('a terminal by ssh', () => {
  it('is a login shell with the size of the window, and tells its exit status', async () => {
    const ran = await stock.ssh(['-tt', 'device'], 'stty size; ps -o args= -p $$; exit 6\n');
    assert.equal(ran.code, 6);
    assert.match(ran.output.toString(), /24 80\r\n\S+ -l\r\n/);
  });

  it('interrupts what runs when Ctrl-C is typed', async () => {
    const child = stock.start('ssh', ['-tt', 'device', 'echo ready; sleep 30']);
    child.stdout?.once('data', () => child.stdin?.write('\u0003'));
    await once(child, 'close');
    assert.ok(child.exitCode === 130 || child.exitCode === 255, String(child.exitCode));
  });

  it('hangs up when ssh goes away', async () => {
    const seconds = uniqueSeconds();
    const child = stock.start('ssh', ['-tt', 'device', `sleep ${seconds}`]);
    await until(() => running(`sleep ${seconds}`).some((pid) => pid !== child.pid), 'the program');
    child.kill('SIGKILL');
    await until(() => running(`sleep ${seconds}`).length === 0, 'the program ends');
  });

  it('loses nothing at its end', async () => {
    const ran = await stock.ssh(['-tt', 'device', 'seq 1 100000; exit 3']);
    assert.equal(ran.code, 3);
    assert.ok(ran.output.toString().endsWith('\n99999\r\n100000\r\n'));
    assert.equal(ran.output.toString().split('\r\n').length, 100_001);
  });
});

describe('a forward by ssh -L', () => {
  it('reaches a target whose scope was given, and loses nothing', async () => {
    const target = createServer({ allowHalfOpen: true }, (socket) => void socket.pipe(socket)).listen(
      0,
      '127.0.0.1',
    );
    await once(target, 'listening');
    const { port } = target.address() as AddressInfo;
    const own = testSession([`tcp:127.0.0.1:${port}`]);
    const ssh = await reach(own);
    const bytes = randomBytes(1024 * 1024);
    const ran = await ssh.ssh(['-W', `127.0.0.1:${port}`, 'device'], bytes);
    assert.equal(hash(ran.output), hash(bytes));
    await until(() => own.told.some(([what]) => what === 'closed'), 'the record');
    assert.deepEqual(own.told, [
      ['opened', 1, 'tcp', `127.0.0.1:${port}`],
      ['closed', 1, { bytesIn: bytes.length, bytesOut: bytes.length }],
    ]);
    const child = ssh.start('ssh', ['-N', '-L', `${ssh.folder}/forward:127.0.0.1:${port}`, 'device']);
    const answer = await untilConnected(`${ssh.folder}/forward`, 'hello');
    assert.equal(answer, 'hello');
    child.kill('SIGKILL');
    await once(child, 'close');
    await own.end();
    target.close();
  });

  it('says why another target is refused', async () => {
    const own = testSession(['terminal']);
    const ran = await (await reach(own)).ssh(['-o', 'LogLevel=INFO', '-W', '127.0.0.1:22', 'device']);
    assert.match(
      ran.errors,
      /administratively prohibited: The administrator did not allow this: it needs the scope tcp:127\.0\.0\.1:22\./,
    );
    assert.deepEqual(own.told, [['refused', 'tcp:127.0.0.1:22', '127.0.0.1:22']]);
    await own.end();
  });
});

async function untilConnected(path: string, say: string): Promise<string> {
  for (;;) {
    const socket = connect({ path, allowHalfOpen: true });
    socket.end(say);
    try {
      const answer = await text(socket);
      if (answer !== '') return answer;
    } catch {
      // ssh does not listen yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe('many channels on one connection', () => {
  it('work at once by ControlMaster', async () => {
    const control = join(stock.folder, 'control');
    const master = stock.start('ssh', ['-M', '-N', '-S', control, 'device']);
    await until(() => existsSync(control), 'the master');
    const all = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        stock.ssh(['-S', control, 'device', `cat; exit ${index}`], `in ${index}`),
      ),
    );
    assert.deepEqual(
      all.map(({ output, code }) => [output.toString(), code]),
      Array.from({ length: 20 }, (_, index) => [`in ${index}`, index]),
    );
    const gone = once(master, 'close');
    await stock.ssh(['-S', control, '-O', 'exit', 'device']); // A signal may be missed by ssh while it cleans up.
    await gone;
  });
});

describe('what the grant does not allow', () => {
  const refusedWith = 'sallyport: The administrator did not allow this: it needs the scope';

  it('is told in a sentence by ssh, with a status of its own', async () => {
    const own = testSession(['files:read']);
    const ssh = await reach(own);
    for (const args of [
      ['device', 'id'],
      ['-tt', 'device'],
      ['-s', 'device', 'netconf'],
    ]) {
      const ran = await ssh.ssh(args);
      assert.equal(ran.code, 253);
      assert.equal(ran.output.toString(), '');
      assert.ok(ran.errors.startsWith(`${refusedWith} terminal.`), ran.errors);
    }
    await own.end();
  });

  it('is told in a sentence by sftp', async () => {
    const own = testSession(['terminal']);
    const ran = await (await reach(own)).run('sftp', ['-b', '-', 'device'], 'ls\n');
    assert.ok(ran.errors.startsWith(`${refusedWith} files:read.`), ran.errors);
    await own.end();
  });

  it('is no longer allowed on a connection that is open', async () => {
    const own = testSession(['terminal']);
    const ssh = await reach(own);
    const control = join(ssh.folder, 'control');
    const master = ssh.start('ssh', ['-M', '-S', control, 'device', 'echo up; cat']);
    await once(master.stdout as NonNullable<ChildProcess['stdout']>, 'data');
    own.scopes.delete('terminal');
    assert.equal((await ssh.ssh(['-S', control, 'device', 'id'])).code, 253);
    await Promise.all([own.end(), once(master, 'close')]);
  });
});

describe('files by sftp and scp', () => {
  it('pass both ways, in a process of the session', async () => {
    const bytes = randomBytes(3_000_000);
    const [from, to] = [join(stock.folder, 'from'), join(stock.folder, 'to')];
    mkdirSync(to);
    writeFileSync(from, bytes);
    const put = await stock.run(
      'sftp',
      ['-b', '-', 'device'],
      `put ${from} ${to}/put\nget ${to}/put ${to}/got\n`,
    );
    assert.equal(put.code, 0, put.errors);
    assert.equal(hash(readFileSync(join(to, 'got'))), hash(bytes));
    const copied = await stock.run('scp', ['-q', from, `device:${to}/copied`]);
    assert.equal(copied.code, 0, copied.errors);
    assert.equal(hash(readFileSync(join(to, 'copied'))), hash(bytes));
    assert.ok(session.told.some(([what, , kind]) => what === 'opened' && kind === 'files'));
    assert.ok(session.told.some(([what]) => what === 'file'));
  });

  it('are only read with files:read', async () => {
    const own = testSession(['files:read']);
    const ssh = await reach(own);
    const ran = await ssh.run('sftp', ['-b', '-', 'device'], `put /etc/hostname ${ssh.folder}/x\n`);
    assert.match(ran.errors, /denied/i);
    await own.end();
  });
});

describe('another user than the agent’s', () => {
  it('is who ssh gets, with and without a terminal', async () => {
    const own = testSession(['terminal'], { runAs: nobody });
    const ssh = await reach(own);
    assert.equal((await ssh.ssh(['device', 'id -un'])).output.toString(), 'nobody\n');
    assert.equal((await ssh.ssh(['-tt', 'device', 'id -un; exit'])).output.toString(), 'nobody\r\n');
    await own.end();
  });
});

describe('the end of a session', () => {
  it('ends within a second all that ssh started, and ssh', async () => {
    const own = testSession(['terminal']);
    const ssh = await reach(own);
    const seconds = uniqueSeconds();
    const child = ssh.start('ssh', [
      '-tt',
      'device',
      `trap "" TERM HUP; setsid nohup sleep ${seconds} & sleep ${seconds}`,
    ]);
    const mine = (pid: number): boolean => pid !== child.pid;
    await until(() => running(`sleep ${seconds}`).filter(mine).length >= 3, 'the programs');
    const gone = once(child, 'close');
    const began = performance.now();
    await own.end();
    assert.ok(performance.now() - began < 1_000);
    await gone;
    assert.deepEqual(running(`sleep ${seconds}`), []);
    await closed(own.stream);
    const last = own.told.at(-1);
    assert.equal(last?.[0], 'closed');
  });
});
