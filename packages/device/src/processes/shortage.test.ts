import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { afterEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { tellable } from '../errors/index.ts';
import { startCommand } from './command.ts';
import { childDescriptors, forgetDescriptor, keepFromChildren } from './descriptors.ts';
import { agentMark, isMarkOfDeadAgent, listProcesses, readEnvironment, readStat } from './procfs.ts';
import { openSweep } from './sweep.ts';
import { tellSyslog } from './syslog.ts';
import { Terminal } from './terminal.ts';
import {
  nowhere,
  running,
  testSession,
  uniqueSeconds,
  until,
  useUpDescriptors,
  withSpareDescriptors,
} from './testing.ts';

/** Node itself opens a few at its first use of this and that. */
const openNow = (): number => readdirSync('/proc/self/fd').length;
/** More than any of these acts needs. */
const enough = 30;
let giveBack = (): void => {};
afterEach(() => giveBack());

/** A process of the session that its group does not give away, whose environment alone does. */
async function stray(session: string): Promise<string> {
  const seconds = uniqueSeconds();
  const child = spawn('sleep', [seconds], {
    stdio: 'ignore',
    detached: true,
    env: { PATH: '/usr/bin:/bin', SALLYPORT_SESSION: session },
  });
  await once(child, 'spawn');
  return `sleep ${seconds}`;
}

describe('without a descriptor to look at processes with', { timeout: 60_000 }, () => {
  it('no process is taken to be gone', async () => {
    const mark = agentMark().replace(/\d+$/, '1');
    await withSpareDescriptors(0, () => {
      assert.throws(() => readStat(process.pid), { code: 'EMFILE' });
      assert.throws(() => listProcesses(), { code: 'EMFILE' });
      assert.throws(() => readEnvironment(process.pid), { code: 'EMFILE' });
      assert.throws(() => isMarkOfDeadAgent(mark), { code: 'EMFILE' });
    });
  });

  it('the end of a session waits until one is there, and then leaves none', async () => {
    const containment = openSweep('a-session-without-descriptors');
    const line = await stray('a-session-without-descriptors');
    giveBack = useUpDescriptors(0);
    const ended = containment.end();
    // Long enough for an end that takes blindness for emptiness.
    await Promise.race([ended, sleep(100)]);
    giveBack();
    await ended;
    assert.deepEqual(running(line), []);
  });

  it('a group whose leader is gone is not forgotten', async (t) => {
    const containment = openSweep('a-session-of-groups');
    const seconds = uniqueSeconds();
    const leader = spawn('sh', ['-c', `sleep ${seconds} & exit`], {
      stdio: 'ignore',
      detached: true,
      env: {},
    });
    await once(leader, 'exit');
    const { pid = 0 } = leader;
    t.mock.timers.enable({ apis: ['setTimeout'] });
    containment.started(pid);
    containment.ended(pid);
    await withSpareDescriptors(0, () => t.mock.timers.tick(5_000));
    t.mock.timers.reset();
    assert.equal(running(`sleep ${seconds}`).length, 1);
    await containment.end();
    assert.deepEqual(running(`sleep ${seconds}`), []);
  });
});

describe('a program for which there are too few descriptors', { timeout: 60_000 }, () => {
  it('is refused in words, on pipes and on a terminal, or runs; and nothing stays open', async () => {
    const session = testSession(nowhere);
    const kinds = {
      pipes: async () => {
        const command = await startCommand(session.start('exit 7'), () => {});
        const exit = await command.exited;
        command.release();
        return exit;
      },
      terminal: async () => {
        const terminal = new Terminal(session.start('exit 7'), { columns: 80, rows: 24 }, 'sane');
        terminal.resume();
        const exit = await terminal.exited;
        terminal.destroy();
        await once(terminal, 'close');
        return exit;
      },
    };
    for (const [kind, run] of Object.entries(kinds)) {
      await run();
      const before = openNow();
      const told = new Set<string>();
      for (let spare = 0; spare <= enough; spare += 1) {
        const outcome = await withSpareDescriptors(spare, async () => {
          try {
            return await run();
          } catch (error) {
            return tellable(error);
          }
        });
        told.add(`${kind} ${outcome && 'code' in outcome ? outcome.code : 'signal'}`);
      }
      assert.deepEqual([...told].sort(), [`${kind} 7`, `${kind} device-exhausted`]);
      // Pipes are made six at a time: those for two more programs may wait.
      await until(() => openNow() <= before + 12, `${openNow()} open after ${before}`);
    }
    await session.containment.end();
  });

  it('costs the syslog nothing but this line', async () => {
    await withSpareDescriptors(0, () => tellSyslog('erin@maker.example opened a test'));
    tellSyslog('erin@maker.example opened another test');
  });
});

describe('the descriptors of a child', () => {
  it('are its own ones also where the agent has one of the same number that would leak', () => {
    keepFromChildren(4);
    try {
      const stdio = childDescriptors(['pipe', 'pipe', 'pipe', 'pipe', 'pipe']);
      assert.deepEqual(stdio.slice(0, 5), ['pipe', 'pipe', 'pipe', 'pipe', 'pipe']);
      assert.equal(typeof childDescriptors(['pipe', 'pipe', 'pipe'])[4], 'number');
    } finally {
      forgetDescriptor(4);
    }
  });
});
