import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { run } from '@sallyport/runtime/command';
import { relayProgram } from '../commands/program.ts';
import type { TestFolder } from './relay.ts';

const program = join(import.meta.dirname, '../main.ts');

export type Ran = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

/** Runs a command of the relay as a process of its own, to its end. */
export async function runRelay(...argv: readonly string[]): Promise<Ran> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, ...argv], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, SALLYPORT_DATA: '' },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}

type Write = typeof process.stdout.write;

/**
 * Runs a command in this process: quicker than one of its own, for what does not need one. Takes the text that it
 * writes; what the test runner writes is bytes, and passes.
 */
export async function runHere(...argv: readonly string[]): Promise<Ran> {
  const taken = { stdout: '', stderr: '' };
  const original = { stdout: process.stdout.write, stderr: process.stderr.write };
  for (const name of ['stdout', 'stderr'] as const) {
    process[name].write = ((chunk: unknown, ...rest: unknown[]) => {
      if (typeof chunk !== 'string')
        return (original[name] as (...all: unknown[]) => boolean).call(process[name], chunk, ...rest);
      taken[name] += chunk;
      return true;
    }) as Write;
  }
  try {
    const code = await run(await relayProgram(argv[0]), argv);
    return { code, ...taken };
  } finally {
    for (const name of ['stdout', 'stderr'] as const) process[name].write = original[name];
  }
}

/** A relay as a process: `serve`, until it says "ready". */
export type RelayProcess = {
  readonly child: ChildProcess;
  readonly port: number;
  readonly folder: TestFolder;
  /** Sends a signal and waits for the end; the exit code, or null after a signal that was not handled. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null>;
};

export async function serveRelay(data: string, ...more: readonly string[]): Promise<RelayProcess> {
  const argv = ['serve', '--data', data, '--listen', '127.0.0.1:0', '--json', '--log-level', 'warn', ...more];
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, ...argv], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit') as Promise<[number | null]>;
  const line = await Promise.race([
    once(createInterface(child.stdout), 'line') as Promise<[string]>,
    exited.then(([code]) => {
      throw new Error(`the relay ended with ${code}`);
    }),
  ]);
  const { listen } = JSON.parse(line[0]) as { listen: string[] };
  return {
    child,
    port: Number(listen[0]?.split(':').at(-1)),
    folder: { path: data, place: { file: join(data, 'relay.sqlite') }, remove: () => {} },
    async end(signal): Promise<number | null> {
      child.kill(signal);
      const [code] = await exited;
      return code;
    },
  };
}

/** A folder for `init`, removed by `remove`. */
export function emptyFolder(): { readonly path: string; remove(): void } {
  const parent = mkdtempSync(join(tmpdir(), 'sp-cli-'));
  return { path: join(parent, 'R'), remove: () => rmSync(parent, { recursive: true, force: true }) };
}
