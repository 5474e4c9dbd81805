/** Starts the programs of this repository as a person would, and waits for what they say. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export const repository = join(import.meta.dirname, '../..');
export const programs = {
  relay: join(repository, 'packages/relay/bin/sallyport-relay'),
  device: join(repository, 'packages/device/bin/sallyport-device'),
  support: join(repository, 'packages/support/bin/sallyport'),
} as const;

export type Finished = { status: number; stdout: string; stderr: string };
export type RunOptions = { env?: NodeJS.ProcessEnv; input?: string; timeoutMs?: number };

/** Runs a command to its end, without a shell. Output is kept up to 64 MiB. Ends it after `timeoutMs` (60 s). */
export async function runCommand(
  command: string,
  args: string[],
  options: RunOptions = {},
): Promise<Finished> {
  const child = spawn(command, args, {
    env: { ...process.env, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: options.timeoutMs ?? 60_000,
    killSignal: 'SIGKILL',
  });
  child.stdin.on('error', () => {});
  child.stdin.end(options.input ?? '');
  const chunks = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  child.stdout.on('data', (chunk: Buffer) => chunks.stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => chunks.stderr.push(chunk));
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  const text = {
    stdout: Buffer.concat(chunks.stdout).toString(),
    stderr: Buffer.concat(chunks.stderr).toString(),
  };
  return {
    status: code ?? 128,
    ...text,
    ...(signal ? { stderr: `${text.stderr}\nended by ${signal}` } : {}),
  };
}

/** As `runCommand`, and a status other than 0 is an error that shows what the command said. */
export async function mustRun(command: string, args: string[], options: RunOptions = {}): Promise<string> {
  const { status, stdout, stderr } = await runCommand(command, args, options);
  if (status !== 0)
    throw new Error(`${[command, ...args].join(' ')} ended with ${status}: ${stderr || stdout}`);
  return stdout;
}

/** A program that goes on running, such as `serve`. */
export type Service = {
  readonly child: ChildProcess;
  /** The first line on standard output that `matches`, also one that came already; an error if it ends before. */
  line(matches: RegExp, timeoutMs?: number): Promise<string>;
  /** All that it said so far on both outputs, the last 64 KiB of it. */
  said(): string;
  /** Sends the signal, and waits until it has ended. Does nothing if it has. */
  end(signal?: NodeJS.Signals): Promise<void>;
};

/** @param options.ownGroup puts it into a process group of its own: Ctrl-C reaches only us, who end it in order */
export function startService(
  command: string,
  args: string[],
  env: NodeJS.ProcessEnv = {},
  options: { readonly ownGroup?: boolean } = {},
): Service {
  const child = spawn(command, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: options.ownGroup ?? false,
  });
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
    child.once('error', () => resolve());
  });
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  let said = '';
  const keep = (text: string): void => {
    said = `${said}${text}\n`.slice(-65_536);
  };
  child.once('error', (error) => keep(error.message));
  createInterface({ input: child.stdout }).on('line', (text) => {
    keep(text);
    if (lines.push(text) > 1_000) lines.shift();
    for (const look of waiting) look();
  });
  createInterface({ input: child.stderr }).on('line', keep);
  return {
    child,
    said: () => said,
    line: (matches, timeoutMs = 20_000) =>
      new Promise((resolve, reject) => {
        const settle = (act: () => void): void => {
          clearTimeout(timer);
          waiting.delete(look);
          act();
        };
        const timer = setTimeout(
          () =>
            settle(() => reject(new Error(`${command} did not say ${matches} in time; it said:\n${said}`))),
          timeoutMs,
        );
        const look = (): void => {
          const found = lines.find((text) => matches.test(text));
          if (found !== undefined) settle(() => resolve(found));
        };
        waiting.add(look);
        look();
        ended.then(() => settle(() => reject(new Error(`${command} ended; it said:\n${said}`))));
      }),
    end: async (signal = 'SIGTERM') => {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      await ended;
    },
  };
}
