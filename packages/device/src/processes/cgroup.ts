import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Containment } from './containment.ts';
import { ProcessesLeft } from './processesLeft.ts';
import { agentMark, isMarkOfDeadAgent } from './procfs.ts';
import { openSweep } from './sweep.ts';

const prefix = 'sallyport-';

/**
 * The folder in which each session of this agent gets a cgroup, or undefined where none can be made: no cgroup v2
 * mounted, not writable (most containers), or older than `cgroup.kill` (Linux 5.14).
 *
 * The agent's own cgroup is tried first: under a service manager that delegates, it is the only right place, and what
 * ends the service then ends the sessions too.
 */
export function openCgroupFolder(configured?: string): string | undefined {
  const places = configured === undefined ? placesToTry() : [configured];
  for (const place of places) {
    const folder = join(place, `${prefix}${agentMark()}`);
    if (tryFolder(folder)) return folder;
  }
  return undefined;
}

function tryFolder(folder: string): boolean {
  const probe = join(folder, 'probe');
  try {
    if (!existsSync(folder)) mkdirSync(folder); // Only in a place that is there: this may be root.
    mkdirSync(probe);
    accessSync(join(probe, 'cgroup.kill'), constants.W_OK);
    accessSync(join(probe, 'cgroup.procs'), constants.W_OK);
    return true;
  } catch {
    return false;
  } finally {
    removeFolder(probe);
    removeFolder(folder);
  }
}

/** Every place where a cgroup could be made, best first, from the mounts and the agent's own cgroup. */
export function placesToTry(
  mounts = readText('/proc/self/mounts'),
  own = readText('/proc/self/cgroup'),
): readonly string[] {
  const ownPath = /^0::(\/.*)$/m.exec(own)?.[1] ?? '/';
  const roots = mounts
    .split('\n')
    .map((line) => line.split(' '))
    .filter((fields) => fields[2] === 'cgroup2')
    .map((fields) => (fields[1] ?? '').replaceAll('\\040', ' '));
  return roots.flatMap((root) => (ownPath === '/' ? [root] : [join(root, ownPath), root]));
}

/**
 * A cgroup for one session. Who is root there, or the agent's own user in a cgroup that was delegated to it, can move
 * a process out of it: such ones are looked for at the end, as where there are no cgroups. Throws when it cannot be made.
 */
export function openCgroup(folder: string, session: string, kill = killCgroup): Containment {
  const own = join(folder, session);
  if (!existsSync(folder)) mkdirSync(folder);
  mkdirSync(own);
  const escaped = openSweep(session);
  let ending: Promise<void> | undefined;
  const end = async (): Promise<void> => {
    // At the same time: who is out must not gain from one that does not end. Who is out is looked at first: some are
    // known by their parents alone, which the other kills.
    const done = await Promise.allSettled([escaped.end(), kill(own)]);
    removeFolder(folder); // It goes with the agent's last session, so that an agent that ends leaves nothing.
    for (const one of done) if (one.status === 'rejected') throw one.reason;
  };
  return {
    kind: 'cgroup',
    joinPath: join(own, 'cgroup.procs'),
    started: (pid) => escaped.started(pid),
    ended: (pid) => escaped.ended(pid),
    end() {
      ending ??= end();
      return ending;
    },
  };
}

/**
 * Kills what is in a cgroup and in those below it, until the kernel lets the folder go. A process on its way in either
 * joins in time for the next round, or finds the folder gone and ends itself.
 *
 * @throws ProcessesLeft
 */
export async function killCgroup(own: string, patienceMs = 10_000): Promise<void> {
  const until = performance.now() + patienceMs;
  for (let waitMs = 1; existsSync(own); waitMs = Math.min(waitMs * 2, 50)) {
    if (performance.now() > until) throw new ProcessesLeft(pidsIn(own));
    try {
      writeFileSync(join(own, 'cgroup.kill'), '1');
    } catch {
      // Gone already; the loop looks again.
    }
    if (removeTree(own)) return;
    await sleep(waitMs);
  }
}

/** The cgroups of agents that were killed before they could clean up: their processes end now. */
export async function endLeftoverCgroups(folder: string): Promise<number> {
  const parent = join(folder, '..');
  const leftovers = subfolders(parent).filter(
    (name) => name.startsWith(prefix) && isMarkOfDeadAgent(name.slice(prefix.length)),
  );
  await Promise.all(leftovers.map((name) => killCgroup(join(parent, name))));
  return leftovers.length;
}

/** The processes in a cgroup and in those below it. */
function pidsIn(folder: string): number[] {
  const own = readText(join(folder, 'cgroup.procs')).split('\n').filter(Boolean).map(Number);
  return [...own, ...subfolders(folder).flatMap((name) => pidsIn(join(folder, name)))];
}

/** A session's processes may have made cgroups of their own below: a folder goes only after those in it. */
function removeTree(folder: string): boolean {
  for (const name of subfolders(folder)) removeTree(join(folder, name));
  return removeFolder(folder);
}

function removeFolder(folder: string): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch {
    return !existsSync(folder);
  }
}

function subfolders(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name);
  } catch {
    return [];
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
