import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, describe, it } from 'node:test';
import { openCgroup } from './cgroup.ts';
import { startCommand } from './command.ts';
import { endLeftovers, openContainment } from './containment.ts';
import { Terminal } from './terminal.ts';
import {
  mustBeRoot,
  nobody,
  nowhere,
  running,
  runToEnd,
  testSession,
  uniqueSeconds,
  until,
} from './testing.ts';

/** What people and attackers do so that a program survives. `N` is what it sleeps. */
const stubborn: readonly {
  readonly name: string;
  readonly line: (seconds: string) => string;
  readonly count: number;
}[] = [
  { name: 'setsid nohup', count: 1, line: (n) => `setsid nohup sleep ${n} >/dev/null 2>&1 </dev/null &` },
  { name: 'a double fork', count: 1, line: (n) => `( ( sleep ${n} >/dev/null 2>&1 & ) & )` },
  {
    name: 'SIGTERM, SIGHUP and SIGINT ignored',
    count: 2,
    line: (n) => `setsid sh -c 'trap "" TERM HUP INT; sleep ${n}; sleep 9' >/dev/null 2>&1 &`,
  },
  { name: 'an empty environment', count: 1, line: (n) => `env -i sleep ${n} >/dev/null 2>&1 &` },
  {
    name: 'a bomb of 200 processes, each in a session of its own',
    count: 200,
    line: (n) => `i=0; while [ $i -lt 200 ]; do setsid nohup sleep ${n} >/dev/null 2>&1 & i=$((i+1)); done`,
  },
  {
    name: 'being stopped',
    count: 1,
    line: (n) => `setsid sh -c "kill -STOP $$; sleep ${n}" >/dev/null 2>&1 &`,
  },
];

for (const { kind, configured } of [
  { kind: 'cgroup', configured: undefined },
  { kind: 'sweep', configured: nowhere },
] as const) {
  describe(`the processes of a session, held by ${kind}`, () => {
    it('are held that way here', () => {
      const { containment } = testSession(configured);
      assert.equal(containment.kind, kind, 'a writable cgroup2 mount with cgroup.kill is needed');
      return containment.end();
    });

    for (const { name, line, count } of stubborn) {
      it(`end within a second in spite of ${name}`, async () => {
        const session = testSession(configured);
        const seconds = uniqueSeconds();
        await runToEnd(session.start(line(seconds)));
        await until(() => running(`sleep ${seconds}`).length >= count, `${count} processes`);
        const before = performance.now();
        await session.containment.end();
        assert.deepEqual(running(`sleep ${seconds}`), []);
        assert.ok(performance.now() - before < 1_000, `${performance.now() - before} ms`);
      });
    }

    it('end with their terminals, also in the middle of output', async () => {
      const session = testSession(configured);
      const terminal = new Terminal(session.start('yes'), { columns: 80, rows: 24 }, 'sane');
      await once(terminal, 'readable');
      await session.containment.end();
      assert.deepEqual(await terminal.exited, { signal: 'SIGKILL' });
      terminal.destroy();
    });

    it('end also when they run as another user', async () => {
      mustBeRoot();
      const session = testSession(configured, nobody);
      const seconds = uniqueSeconds();
      await runToEnd(session.start(`setsid nohup sleep ${seconds} >/dev/null 2>&1 &`));
      await until(() => running(`sleep ${seconds}`).length === 1, 'a process');
      await session.containment.end();
      assert.deepEqual(running(`sleep ${seconds}`), []);
    });

    it('of another session go on', async () => {
      const [mine, other] = [testSession(configured), testSession(configured)];
      const seconds = uniqueSeconds();
      await runToEnd(other.start(`setsid nohup sleep ${seconds} >/dev/null 2>&1 &`));
      await until(() => running(`sleep ${seconds}`).length === 1, 'a process');
      await mine.containment.end();
      assert.equal(running(`sleep ${seconds}`).length, 1);
      await other.containment.end();
      assert.equal(running(`sleep ${seconds}`).length, 0);
    });

    it('end when the next agent starts, if theirs was killed', async () => {
      const seconds = uniqueSeconds();
      const program = `
        import { testSession } from '${import.meta.dirname}/testing.ts';
        import { startCommand } from '${import.meta.dirname}/command.ts';
        const session = testSession(${JSON.stringify(configured)});
        await startCommand(session.start('setsid nohup sleep ${seconds} & sleep ${seconds}'), () => {});
        setInterval(() => {}, 1000);`;
      const agent = spawn(process.execPath, ['--input-type=module-typescript', '-e', program], {
        stdio: 'ignore',
      });
      await until(() => running(`sleep ${seconds}`).length >= 3, 'the processes of the first agent');
      agent.kill('SIGKILL');
      await once(agent, 'exit');
      assert.ok(running(`sleep ${seconds}`).length >= 2);
      await endLeftovers(configured);
      assert.deepEqual(running(`sleep ${seconds}`), []);
    });
  });
}

describe('a cgroup of a session', () => {
  it('is joined before the program runs', async () => {
    const session = testSession();
    const { output } = await runToEnd(session.start('grep ^0:: /proc/self/cgroup'));
    assert.match(output, new RegExp(`/${session.id}\n$`));
    await session.containment.end();
  });

  it('is gone after the end, and what comes late does not run', async () => {
    const session = testSession();
    await session.containment.end();
    assert.equal(existsSync(dirname(session.containment.joinPath)), false);
    assert.deepEqual(await runToEnd(session.start('echo it runs')), {
      output: '',
      errors: '',
      exit: { code: 126 },
    });
  });

  it('takes those along that its processes made below it', async () => {
    mustBeRoot();
    const session = testSession();
    const own = dirname(session.containment.joinPath);
    const seconds = uniqueSeconds();
    const line = `mkdir ${own}/below && (echo 0 >${own}/below/cgroup.procs; exec sleep ${seconds}) &`;
    const command = await startCommand(session.start(line), () => {});
    await until(() => running(`sleep ${seconds}`).length === 1 && existsSync(`${own}/below`), 'it below');
    await session.containment.end();
    assert.equal(existsSync(own), false);
    command.release();
  });

  it('does not save who moves out of it', async () => {
    mustBeRoot();
    const session = testSession();
    const root = dirname(dirname(dirname(session.containment.joinPath)));
    const seconds = uniqueSeconds();
    const line = `(echo 0 >${root}/cgroup.procs; exec setsid nohup sleep ${seconds} >/dev/null 2>&1) & wait`;
    const command = await startCommand(session.start(line), () => {});
    await until(
      () => running(`sleep ${seconds}`).some((pid) => !cgroupOf(pid).includes(session.id)),
      'it is out',
    );
    await session.containment.end();
    assert.deepEqual(running(`sleep ${seconds}`), []);
    command.release();
  });

  it('that does not become empty saves nobody who is out of it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sallyport-'));
    const containment = openCgroup(folder, 'stuck', () => Promise.reject(new Error('it does not empty')));
    const seconds = uniqueSeconds();
    const out = spawn('sleep', [seconds], { stdio: 'ignore', detached: true });
    await once(out, 'spawn');
    containment.started(out.pid ?? 0);
    await assert.rejects(containment.end(), /it does not empty/);
    assert.deepEqual(running(`sleep ${seconds}`), []);
    rmSync(folder, { recursive: true });
  });

  it('is ended once, whoever asks', async () => {
    const { containment } = testSession();
    assert.equal(containment.end(), containment.end());
    await containment.end();
  });
});

function cgroupOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cgroup`, 'utf8');
  } catch {
    return '';
  }
}

after(async () => {
  await openContainment(`${process.pid}-last`).end();
});
