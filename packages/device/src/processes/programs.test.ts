import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { buffer } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { startCommand } from './command.ts';
import { inheritableNow } from './descriptors.ts';
import { sessionEnvironment } from './environment.ts';
import { canRunAs, runUserOf } from './runUser.ts';
import { Terminal } from './terminal.ts';
import { mustBeRoot, nobody, runToEnd, testSession, until } from './testing.ts';

const size = { columns: 80, rows: 24 };
let session: ReturnType<typeof testSession>;
before(() => {
  session = testSession();
});
after(() => session.containment.end());

const readAll = async (terminal: Terminal): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of terminal) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
};

describe('a command', () => {
  it('has its three streams apart, and tells its exit status', async () => {
    const ran = await runToEnd(session.start('cat; echo out; echo err >&2; exit 5'), 'in\n');
    assert.deepEqual(ran, { output: 'in\nout\n', errors: 'err\n', exit: { code: 5 } });
  });

  it('tells by which signal it ended', async () => {
    assert.deepEqual((await runToEnd(session.start('kill -TERM $$'))).exit, { signal: 'SIGTERM' });
  });

  it('has pipes that can be opened anew as /dev/stdin and /dev/stderr, as whoever it runs as', async () => {
    mustBeRoot();
    const line = 'sleep 0.05; cat /dev/stdin; echo err >/dev/stderr; test -p /dev/stdin && echo pipe';
    for (const runAs of [undefined, nobody]) {
      const own = testSession(undefined, runAs);
      const ran = await runToEnd(own.start(line), 'in\n');
      assert.deepEqual(ran, { output: 'in\npipe\n', errors: 'err\n', exit: { code: 0 } });
      await own.containment.end();
    }
  });

  it('gets SIGPIPE when nobody reads any more', async () => {
    const command = await startCommand(session.start('exec yes'), () => {});
    command.output.once('data', () => command.output.destroy());
    assert.deepEqual(await command.exited, { signal: 'SIGPIPE' });
    command.release();
  });

  it('loses nothing of 8 MiB each way', async () => {
    const bytes = Buffer.alloc(8 * 1024 * 1024, 'sallyport ');
    const command = await startCommand(session.start('cat'), () => {});
    command.input.end(bytes);
    const output = await buffer(command.output);
    assert.equal(
      createHash('sha256').update(output).digest('hex'),
      createHash('sha256').update(bytes).digest('hex'),
    );
    command.release();
  });

  it('does not start when it is no longer allowed at that moment', async () => {
    const refusal = new Error('ended in between');
    await assert.rejects(
      startCommand(session.start('true'), () => {
        throw refusal;
      }),
      refusal,
    );
  });
});

describe('what a program of a session gets', () => {
  it('is nothing of the agent’s environment', async () => {
    process.env['SECRET_OF_THE_AGENT'] = 'x';
    const { output } = await runToEnd(session.start('exec /usr/bin/env'));
    delete process.env['SECRET_OF_THE_AGENT'];
    const names = output.split('\n').map((line) => line.split('=')[0]);
    const expected = [
      ...['HOME', 'LANG', 'LOGNAME', 'PATH', 'PWD', 'SHELL', 'TERM', 'USER'],
      ...['SALLYPORT_AGENT', 'SALLYPORT_GRANT', 'SALLYPORT_REPRESENTATIVE', 'SALLYPORT_SESSION'],
    ];
    assert.deepEqual(names.filter((name) => name !== '').sort(), expected.sort());
  });

  it('is no descriptor of the agent, nor the master of another terminal', async () => {
    const other = new Terminal(session.start('sleep 60'), size, 'sane');
    assert.ok(
      inheritableNow().length > 0,
      'node-pty leaves the master inheritable; else this proves nothing',
    );
    const list = 'for fd in /proc/self/fd/*; do readlink $fd; done | grep -v -e ^pipe: -e ^/dev/pts/';
    for (const text of [
      (await runToEnd(session.start(list))).output,
      (await readAll(new Terminal(session.start(list), size, 'sane'))).toString(),
    ]) {
      const targets = text.split(/\r?\n/).filter((line) => line !== '' && !line.startsWith('/proc/'));
      assert.deepEqual(
        [...new Set(targets)].filter((target) => target !== '/dev/null'),
        [],
      );
    }
    other.destroy();
    await other.exited;
  });

  it('are the umask, limits and signals of a login', async () => {
    const { output } = await runToEnd(session.start('umask; ulimit -S -n; grep SigIgn /proc/self/status'));
    assert.deepEqual(output.split('\n'), ['0022', '1024', 'SigIgn:\t0000000000000000', '']);
  });

  it('is a locale that was asked for, but no path in it and no other variable', () => {
    const user = runUserOf({ kind: 'same-user' });
    const mark = { representative: 'erin\u202e\n', session: 's', grant: 'g', agent: 'a' };
    const asked = new Map([
      ['LANG', 'de_DE.UTF-8'],
      ['LC_ALL', '../../tmp/evil'],
      ['LC_TIME', 'C'],
      ['LD_PRELOAD', '/tmp/evil.so'],
      ['PATH', '/tmp'],
    ]);
    const environment = sessionEnvironment(user, mark, asked);
    assert.equal(environment['LANG'], 'de_DE.UTF-8');
    assert.equal(environment['LC_TIME'], 'C');
    assert.equal(environment['LC_ALL'], undefined);
    assert.equal(environment['LD_PRELOAD'], undefined);
    assert.match(environment['PATH'] ?? '', /^\/usr\/local\/sbin:/);
    assert.equal(environment['SALLYPORT_REPRESENTATIVE'], 'erin\ufffd\ufffd');
  });
});

describe('another user than the agent’s', () => {
  it('is who the program runs as, with that user’s groups and no rights of root', async () => {
    mustBeRoot();
    const own = testSession(undefined, nobody);
    const { output } = await runToEnd(
      own.start('id -u; id -G; grep CapEff /proc/self/status; cat /etc/shadow'),
    );
    assert.deepEqual(output.split('\n'), ['65534', '65534', 'CapEff:\t0000000000000000', '']);
    await own.containment.end();
  });

  it('has the supplementary groups that /etc/group gives it', async () => {
    mustBeRoot();
    const name = `sallyport-${process.pid}`;
    execFileSync('useradd', ['--system', '--no-create-home', '--groups', 'adm,mail', name]);
    try {
      const ids = ['-u', '-g'].map((flag) => Number(execFileSync('id', [flag, name], { encoding: 'utf8' })));
      const [uid = 0, gid = 0] = ids;
      const own = testSession(undefined, { kind: 'user', name, uid, gid, home: '/', shell: '/bin/sh' });
      const { output } = await runToEnd(own.start('id -un; id -Gn'));
      assert.deepEqual(output.trim().split(/\s/).sort(), [name, name, 'adm', 'mail'].sort());
      await own.containment.end();
    } finally {
      execFileSync('userdel', [name]);
    }
  });

  it('owns its terminal', async () => {
    mustBeRoot();
    const own = testSession(undefined, nobody);
    const terminal = new Terminal(own.start('stat -c %U $(tty); echo written >/dev/tty'), size, 'sane');
    assert.equal((await readAll(terminal)).toString(), 'nobody\r\nwritten\r\n');
    await own.containment.end();
  });

  it('is possible for root, and for no one else', () => {
    mustBeRoot();
    assert.deepEqual(canRunAs(nobody), { possible: true });
    assert.deepEqual(canRunAs({ kind: 'same-user' }), { possible: true });
  });
});

describe('a terminal', () => {
  it('is the controlling one, has its size, and tells of a new one', async () => {
    const line = 'tty; stty size; trap "stty size; exit 7" WINCH; echo ready; while :; do sleep 0.01; done';
    const terminal = new Terminal(session.start(line), { columns: 100, rows: 30 }, 'sane');
    let text = '';
    terminal.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.endsWith('ready\r\n')) terminal.resize({ columns: 132, rows: 50 });
    });
    assert.deepEqual(await terminal.exited, { code: 7 });
    if (!terminal.readableEnded) await once(terminal, 'end');
    assert.match(text, /^\/dev\/pts\/\d+\r\n30 100\r\nready\r\n50 132\r\n$/);
  });

  it('types what is written, and a signal reaches what is in the foreground', async () => {
    const terminal = new Terminal(session.start(), size, 'sane -echo');
    terminal.write('sh -c \'trap "echo got it; exit" INT; echo up; sleep 30\'; exit 3\n');
    let text = '';
    terminal.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    await until(() => text.includes('up\r\n'), 'it is up');
    terminal.signal('SIGINT');
    assert.deepEqual(await terminal.exited, { code: 3 });
    await until(() => text.includes('got it'), 'it says so');
  });

  it('passes bytes that are no UTF-8 as they are', async () => {
    const line = "stty raw; printf '\\377\\376\\303\\050 \\303\\244'";
    const terminal = new Terminal(session.start(line), size, 'sane');
    assert.equal((await readAll(terminal)).toString('hex'), 'fffec32820c3a4');
  });

  it('loses nothing at the end, though it is read slowly', async () => {
    const terminal = new Terminal(session.start('seq 1 200000'), size, 'sane');
    terminal.once('readable', () => {});
    assert.deepEqual(
      await Promise.race([
        terminal.exited,
        new Promise((resolve) => setTimeout(() => resolve('it waits for us to read'), 300)),
      ]),
      'it waits for us to read',
    );
    const text = (await readAll(terminal)).toString();
    assert.equal(text.split('\r\n').length, 200_001);
    assert.ok(text.endsWith('200000\r\n'));
  });

  it('loses nothing of a short output, fifty times', async () => {
    for (let count = 0; count < 50; count += 1) {
      const terminal = new Terminal(session.start('printf 0123456789; exit 4'), size, 'sane');
      assert.equal((await readAll(terminal)).toString(), '0123456789');
      assert.deepEqual(await terminal.exited, { code: 4 });
    }
  });

  it('ends when the shell exits, whatever runs on in the background', async () => {
    const terminal = new Terminal(session.start('(trap "" HUP; sleep 60) & echo done'), size, 'sane');
    assert.equal((await readAll(terminal)).toString(), 'done\r\n');
  });

  it('hangs up when it is destroyed', async () => {
    const terminal = new Terminal(session.start('echo up; exec sleep 60'), size, 'sane');
    await once(terminal, 'readable');
    terminal.destroy();
    assert.deepEqual(await terminal.exited, { signal: 'SIGHUP' });
  });
});
