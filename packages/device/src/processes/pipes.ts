import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, constants, fchownSync, openSync } from 'node:fs';
import { childDescriptors } from './descriptors.ts';
import type { RunUser } from './runUser.ts';
import { searchPath } from './runUser.ts';

/**
 * Node gives a child sockets where other programs give pipes, and a socket is none: `bash /dev/stdin` and
 * `echo x >/dev/stderr` fail on it, and who goes on writing when nobody reads gets a "connection reset" instead of
 * SIGPIPE. Node cannot make a pipe. A shell can, and Linux lets one open both ends of it by /proc. (A named pipe will
 * not do: opening it anew, as /dev/stdin does, waits for a writer when the other end is closed already.)
 */
export type Pipe = { readonly readEnd: number; readonly writeEnd: number };

/** The innermost shell holds six pipes, as its descriptors 3 to 8, until its input ends. */
const holder = `exec 9<&0
: | { exec 3<&0; : | { exec 4<&0; : | { exec 5<&0; : | { exec 6<&0; : | { exec 7<&0; : | {
  exec 8<&0 <&9 9<&-; exec /bin/sh -c 'echo $$; read -r end'; }; }; }; }; }; }`;
const held = [3, 4, 5, 6, 7, 8];
const patienceMs = 5_000;

const ready: Pipe[] = [];
let making: Promise<boolean> | undefined;

/**
 * Pipes for the three streams of a program. They belong to `user`, who may then open them anew as /dev/stdin. Undefined
 * where none can be made (no /proc); there sockets have to do.
 */
export async function openPipes(user: RunUser): Promise<readonly [Pipe, Pipe, Pipe] | undefined> {
  while (ready.length < 3) {
    making ??= makePipes().finally(() => {
      making = undefined;
    });
    if (!(await making)) return undefined;
  }
  const [input, output, errors] = ready.splice(0, 3);
  if (!input || !output || !errors) return undefined;
  if (user.switched) for (const pipe of [input, output, errors]) fchownSync(pipe.readEnd, user.uid, user.gid);
  return [input, output, errors];
}

export function closePipes(pipes: readonly Pipe[]): void {
  for (const { readEnd, writeEnd } of pipes) {
    closeSync(readEnd);
    closeSync(writeEnd);
  }
}

/** @returns whether `ready` has more than before */
async function makePipes(): Promise<boolean> {
  const stdio = childDescriptors(['pipe', 'pipe', 'ignore']);
  const shell = spawn('/bin/sh', ['-c', holder], { stdio, cwd: '/', env: { PATH: searchPath } });
  const pid = await pidOfHolder(shell);
  const made: Pipe[] = [];
  try {
    for (const descriptor of pid === undefined ? [] : held)
      made.push(reopen(`/proc/${pid}/fd/${descriptor}`));
    ready.push(...made);
    return made.length > 0;
  } catch {
    closePipes(made);
    return false;
  } finally {
    shell.stdin?.end();
    shell.stdout?.destroy();
  }
}

function reopen(path: string): Pipe {
  const readEnd = openSync(path, constants.O_RDONLY);
  try {
    return { readEnd, writeEnd: openSync(path, constants.O_WRONLY) };
  } catch (error) {
    closeSync(readEnd);
    throw error;
  }
}

function pidOfHolder(shell: ChildProcess): Promise<number | undefined> {
  return new Promise((resolve) => {
    let text = '';
    const timer = setTimeout(() => {
      shell.kill('SIGKILL');
      resolve(undefined);
    }, patienceMs);
    const answer = (pid: number | undefined): void => {
      clearTimeout(timer);
      resolve(pid);
    };
    shell.on('error', () => answer(undefined));
    shell.on('exit', () => answer(undefined));
    shell.stdin?.on('error', () => {});
    shell.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      const line = /^(\d{1,10})\n/.exec(text);
      if (line || text.length > 64) answer(line ? Number(line[1]) : undefined);
    });
  });
}
