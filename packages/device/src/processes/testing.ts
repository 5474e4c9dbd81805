import { spawnSync } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { text } from 'node:stream/consumers';
import type { RunAs } from '../channels/types.ts';
import { startCommand } from './command.ts';
import { type Containment, openContainment } from './containment.ts';
import { sessionEnvironment } from './environment.ts';
import { type Launch, shellCommand } from './launch.ts';
import { agentMark, listProcesses } from './procfs.ts';
import { type RunUser, runUserOf } from './runUser.ts';

/** A place where no cgroup can be made, so that processes are held by looking for them. */
export const nowhere = '/nonexistent';

/** A user that exists everywhere and owns nothing. */
export const nobody: RunAs = {
  kind: 'user',
  name: 'nobody',
  uid: 65_534,
  gid: 65_534,
  home: '/nonexistent',
  shell: '/bin/sh',
};

/** Whoever runs the tests, with a plain shell: what is in that person's profile is not what is tested. */
export const plainly: RunAs = {
  kind: 'user',
  name: userInfo().username,
  uid: userInfo().uid,
  gid: userInfo().gid,
  home: '/',
  shell: '/bin/sh',
};

/** Some tests become another user, or mount; to leave them out would be to say that they passed. */
export function mustBeRoot(): void {
  if (process.getuid?.() !== 0) throw new Error('this test does what only root may: run the tests as root');
}

let sessions = 0;

/** A session of its own: who ends it ends all that it started. */
export function testSession(
  configured?: string,
  runAs: RunAs = plainly,
): {
  readonly id: string;
  readonly containment: Containment;
  readonly user: RunUser;
  readonly start: (line?: string) => Omit<Launch, 'stdio' | 'terminal'>;
} {
  sessions += 1;
  const id = `${process.pid}-${sessions}`;
  const containment = openContainment(id, configured);
  const user = runUserOf(runAs);
  const mark = { representative: 'erin@maker.example', session: id, grant: 'g1', agent: agentMark() };
  const environment = sessionEnvironment(user, mark, new Map([['TERM', 'xterm']]));
  return {
    id,
    containment,
    user,
    start: (line) => ({ user, containment, environment, command: shellCommand(user, line) }),
  };
}

/** Runs a command line to its end. */
export async function runToEnd(
  start: Omit<Launch, 'stdio' | 'terminal'>,
  input = '',
): Promise<{ output: string; errors: string; exit: unknown }> {
  const command = await startCommand(start, () => {});
  command.input.end(input);
  const [output, errors, exit] = await Promise.all([
    text(command.output),
    text(command.errors),
    command.exited,
  ]);
  return { output, errors, exit };
}

let sleeps = 0;
/** A number of seconds to sleep that no other test of any run sleeps for, so that the process can be found. */
export function uniqueSeconds(): string {
  sleeps += 1;
  return `${100_000 + process.pid}.${String(sleeps).padStart(3, '0')}1`;
}

/** Processes whose command line holds this text. */
export function running(part: string): number[] {
  return listProcesses()
    .filter(({ pid, state }) => state !== 'Z' && pid !== process.pid && commandLine(pid).includes(part))
    .map(({ pid }) => pid);
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

/** Looks until it is so. The kernel has no event for "200 processes are there". */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const patience = performance.now() + 10_000;
  while (!condition()) {
    if (performance.now() > patience) throw new Error(`waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** So many descriptors a test process may have while some of its tests use them up; far more than it needs. */
const fewDescriptors = 1_024;
let limited = false;

/** Opens whatever can be opened still. */
function takeAll(): number[] {
  const taken: number[] = [];
  for (;;) {
    try {
      taken.push(openSync('/dev/null', 'r'));
    } catch {
      return taken;
    }
  }
}

/** Leaves this process only so many descriptors that it could still open. @returns how to give the rest back */
export function useUpDescriptors(spare: number): () => void {
  if (!limited) {
    const set = spawnSync('prlimit', ['--pid', String(process.pid), `--nofile=${fewDescriptors}:`]);
    if (set.status !== 0) throw new Error(`prlimit (of util-linux) did not work: ${set.error ?? set.stderr}`);
    limited = true;
  }
  const taken = takeAll();
  // The highest: a child that is to have one in the place of each that would leak needs numbers above those.
  for (const descriptor of taken.splice(taken.length - spare)) closeSync(descriptor);
  return () => {
    for (const descriptor of taken.splice(0)) closeSync(descriptor);
  };
}

/** Does `act` with so many descriptors to spare, and gives the rest back when it is done. */
export async function withSpareDescriptors<T>(spare: number, act: () => T | Promise<T>): Promise<T> {
  const giveBack = useUpDescriptors(spare);
  try {
    return await act();
  } finally {
    giveBack();
  }
}
