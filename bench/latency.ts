/** How long a keystroke takes to be seen. */
import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { openTerminal } from '../scripts/stage/terminal.ts';
import type { CommandLine } from './sides/side.ts';

/** A shell on the device, to type into. */
export type Shell = {
  /** Types one key, and resolves when it is shown. In milliseconds. */
  key(): Promise<number>;
  end(): Promise<void>;
};

/** Between two keys; a person takes ten times as long, but nothing here is busy any more after this. */
export const restMs = 4;
/** Keys until the line is emptied. */
const lineKeys = 60;
const patienceMs = 20_000;

type Line = {
  /** Types, and resolves when what is shown since then matches: with the milliseconds that took. */
  ask(text: string, wanted: RegExp): Promise<number>;
  type(text: string): void;
  end(): Promise<void>;
};

function overPipes([command, ...args]: CommandLine): Line {
  const child: ChildProcess = spawn(command, args, { stdio: ['pipe', 'pipe', 'ignore'] });
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  child.stdin?.on('error', () => {});
  let look = (_text: string): void => {};
  child.stdout?.on('data', (chunk: Buffer) => look(chunk.toString('latin1')));
  const type = (text: string): void => void child.stdin?.write(text);
  return {
    type,
    ask: (text, wanted) =>
      new Promise((resolve, reject) => {
        let shown = '';
        const late = setTimeout(
          () => reject(new Error(`${command} showed ${JSON.stringify(shown)}`)),
          patienceMs,
        );
        const began = performance.now();
        look = (piece) => {
          shown += piece;
          if (!wanted.test(shown)) return;
          const took = performance.now() - began;
          clearTimeout(late);
          look = () => {};
          resolve(took);
        };
        type(text);
      }),
    end: async () => {
      child.kill('SIGTERM');
      await closed;
    },
  };
}

function onTerminal([command, ...args]: CommandLine): Line {
  const terminal = openTerminal(command, args);
  return {
    type: terminal.type,
    ask: async (text, wanted) => {
      const began = performance.now();
      terminal.type(text);
      await terminal.shows(wanted, patienceMs);
      return performance.now() - began;
    },
    end: async () => {
      terminal.kill();
      await terminal.ended;
    },
  };
}

/**
 * Opens a shell on a terminal of the device, and waits until it answers.
 *
 * @param by whether the program that is started here has a terminal of its own, or pipes, which cost less
 */
export async function openShell(command: CommandLine, by: 'pipes' | 'terminal'): Promise<Shell> {
  const line = by === 'pipes' ? overPipes(command) : onTerminal(command);
  await line.ask('echo ready $((6*7))\r', /ready 42\r\n/);
  await sleep(200);
  let typed = 0;
  return {
    key: async () => {
      if (typed === lineKeys) {
        // Control-U, and some time for what the shell says of it.
        line.type('\x15');
        await sleep(50);
        typed = 0;
      }
      typed += 1;
      const took = await line.ask('q', /q/);
      await sleep(restMs);
      return took;
    },
    end: line.end,
  };
}

/** Types so many keys. */
export async function typeKeys(shell: Shell, count: number): Promise<number[]> {
  const times: number[] = [];
  while (times.length < count) times.push(await shell.key());
  return times;
}
