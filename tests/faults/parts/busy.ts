/** A busy site: people who give one command after the other, note what was answered, and may be killed at any moment. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

export type Answer = { readonly status: number | null; readonly stdout: string; readonly stderr: string };

export type Person = {
  /** One command, the `n`th. @returns what must still be true at the end, if it was answered */
  readonly act: (n: number, run: Run) => Promise<string | undefined>;
};
export type Run = (command: string, args: readonly string[], env?: NodeJS.ProcessEnv) => Promise<Answer>;

/** For a command that hangs for so long, all of it fails. */
const hangsMs = 60_000;

export type Busy = {
  /** The commands that run now. */
  running(): readonly ChildProcess[];
  /** What was answered, by person. */
  readonly answered: ReadonlyMap<string, readonly string[]>;
  /** How many commands there were, how many of them were answered, and what the others said. */
  count(): { readonly commands: number; readonly answered: number };
  /** Lets everybody finish the command of now. @throws if one of them hangs */
  stop(): Promise<void>;
  /** Ends everybody's command of now, whatever it does. */
  abort(): Promise<void>;
};

export function startBusy(people: Readonly<Record<string, Person>>): Busy {
  const running = new Set<ChildProcess>();
  const answered = new Map<string, string[]>(Object.keys(people).map((name) => [name, []]));
  const counted = { commands: 0, answered: 0 };
  let stopped = false;
  const run: Run = async (command, args, env) => {
    const child = spawn(command, args, {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: hangsMs,
      killSignal: 'SIGABRT',
    });
    running.add(child);
    const said = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk) => (said.stdout += chunk));
    child.stderr.on('data', (chunk) => (said.stderr += chunk));
    const [status, signal] = (await once(child, 'close')) as [number | null, string | null];
    running.delete(child);
    if (signal === 'SIGABRT')
      throw new Error(`${[command, ...args].join(' ')} hung; it said: ${said.stderr}`);
    return { status, ...said };
  };
  const live = async (name: string, { act }: Person): Promise<void> => {
    for (let n = 0; !stopped; n += 1) {
      counted.commands += 1;
      const promise = await act(n, run);
      if (promise === undefined) await sleep(100);
      else {
        counted.answered += 1;
        answered.get(name)?.push(promise);
      }
    }
  };
  const lives = Promise.all(Object.entries(people).map(([name, person]) => live(name, person)));
  lives.catch(() => {}); // `stop` throws it.
  return {
    running: () => [...running],
    answered,
    count: () => ({ ...counted }),
    stop: async () => {
      stopped = true;
      await lives;
    },
    abort: async () => {
      stopped = true;
      for (const child of running) child.kill('SIGKILL');
      await lives.catch(() => {});
    },
  };
}
