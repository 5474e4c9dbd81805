/** Workers in folders of their own, for tests. */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { FileEvent } from './fileEvent.ts';
import { type FilesWorker, type FilesWorkerOptions, startFilesWorker } from './startFilesWorker.ts';
import { type Client, connect } from './testing.ts';
import type { WorkerOptions } from './workerOptions.ts';

const compileCache = fs.mkdtempSync(path.join(os.tmpdir(), 'sallyport-cache-'));
process.on('exit', () => fs.rmSync(compileCache, { recursive: true, force: true }));

const cleanups = new WeakMap<TestContext, (() => unknown)[]>();

/** Runs after the test, what was begun last first: nothing is mounted any more in a folder that is removed. */
export function after(t: TestContext, clean: () => unknown): void {
  const known = cleanups.get(t);
  if (known) {
    known.push(clean);
    return;
  }
  const all = [clean];
  cleanups.set(t, all);
  t.after(async () => {
    for (const each of all.reverse()) await each();
  });
}

/** A folder that is gone after the test, its real path. Everybody may look into it. */
export function scratch(t: TestContext): string {
  const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'sallyport-files-')));
  fs.chmodSync(folder, 0o755);
  after(t, () => fs.rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export type Running = { client: Client; worker: FilesWorker; events: FileEvent[] };

/** A worker as the agent starts it, with a client. Writing is allowed everywhere unless the options say otherwise. */
export async function startFor(t: TestContext, options: Partial<FilesWorkerOptions> = {}): Promise<Running> {
  const worker = startFilesWorker({
    runAs: { kind: 'same-user' },
    roots: ['/'],
    forbidden: [],
    write: true,
    mark: 'a-session',
    compileCache,
    ...options,
  });
  const events: FileEvent[] = [];
  worker.onEvent((event) => events.push(event));
  after(t, async () => {
    worker.kill();
    await worker.exited;
  });
  return { client: await connect(worker.stream), worker, events };
}

/** A command that OpenSSH's `-D` can start: the worker with these options. */
export function serverCommand(folder: string, options: Partial<WorkerOptions> = {}): string {
  const all: WorkerOptions = {
    runAs: { kind: 'same-user' },
    roots: ['/'],
    forbidden: [],
    write: true,
    events: false,
    ...options,
  };
  const optionsPath = path.join(folder, '.options');
  const command = path.join(folder, '.server');
  fs.writeFileSync(optionsPath, `${JSON.stringify(all)}\n`);
  const worker = fileURLToPath(new URL('./worker.ts', import.meta.url));
  fs.writeFileSync(
    command,
    `#!/bin/sh\nNODE_COMPILE_CACHE='${compileCache}' exec '${process.execPath}' '${worker}' 3<'${optionsPath}'\n`,
    { mode: 0o755 },
  );
  return command;
}

export type Ended = { code: number | null; out: string };

/** Runs a program to its end; its output and errors together. */
export function run(command: string, args: readonly string[], input = ''): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    let out = '';
    for (const pipe of [child.stdout, child.stderr])
      pipe.on('data', (chunk: Buffer) => {
        out += chunk.toString();
      });
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, out }));
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}
