import { setTimeout as sleep } from 'node:timers/promises';
import type { Containment } from './containment.ts';
import { ProcessesLeft } from './processesLeft.ts';
import {
  isMarkOfDeadAgent,
  listProcesses,
  type ProcessStat,
  readEnvironment,
  signalGroup,
} from './procfs.ts';

/** How often it is looked after groups whose leader has exited: all of them at once, since it means reading /proc. */
const lookAfterMs = 5_000;

/**
 * Ends a session's processes where no cgroup holds them. They are known by what they cannot easily shed: being
 * descended from what the agent started, the process group or session of such a one, and the session's mark in the
 * environment. What sheds all three on purpose, before anyone looks, gets away: that is why cgroups come first.
 */
export function openSweep(session: string): Containment {
  const leaders = new Set<number>();
  const exited = new Set<number>();
  // While a group or session lives its number is taken. Afterwards the kernel may give it to a stranger.
  const forget = (): void => {
    try {
      const taken = new Set(listProcesses().flatMap((stat) => [stat.group, stat.session]));
      for (const pid of exited) {
        if (taken.has(pid)) continue;
        leaders.delete(pid);
        exited.delete(pid);
      }
    } catch {
      // Nothing is known of them now; the next look may.
    }
    if (exited.size > 0) setTimeout(forget, lookAfterMs).unref();
  };
  let ending: Promise<void> | undefined;
  return {
    kind: 'sweep',
    joinPath: '',
    started(pid) {
      leaders.add(pid);
    },
    ended(pid) {
      if (exited.size === 0) setTimeout(forget, lookAfterMs).unref();
      exited.add(pid);
    },
    end() {
      ending ??= sweep((all) =>
        findProcesses(all, leaders, (line) => line === `SALLYPORT_SESSION=${session}`),
      );
      // All that can be done without /proc. Not before the first look: who has shed its marks is known by its parent.
      for (const leader of leaders) signalGroup(leader, 'SIGKILL');
      return ending;
    },
  };
}

/** Ends what agents left behind that were killed before they could clean up. @throws ProcessesLeft */
export async function endLeftoverProcesses(): Promise<void> {
  const prefix = 'SALLYPORT_AGENT=';
  const isLeftover = (line: string): boolean =>
    line.startsWith(prefix) && isMarkOfDeadAgent(line.slice(prefix.length));
  await sweep((all) => findProcesses(all, new Set(), isLeftover));
}

/**
 * Kills what `find` finds until it finds nothing, twice in a row. All of it is stopped before any of it is killed: a
 * child that was born meanwhile is still seen beside its parent then, and who is stopped has no more children. While it
 * cannot be looked, for want of a descriptor, there may be some. The first look is done when this returns.
 *
 * @throws ProcessesLeft
 */
async function sweep(
  find: (all: readonly ProcessStat[]) => readonly number[],
  patienceMs = 10_000,
): Promise<void> {
  const until = performance.now() + patienceMs;
  for (let quietRounds = 0; quietRounds < 2; ) {
    const { found, blind } = stopAll(find);
    quietRounds = found.length === 0 && blind === undefined ? quietRounds + 1 : 0;
    if (performance.now() > until) throw new ProcessesLeft(found, { cause: blind });
    for (const pid of found) signalProcess(pid, 'SIGKILL');
    await sleep(quietRounds > 0 ? 1 : 5);
  }
}

/** How often it is looked for children that were born before their parents stood still. */
const mostLooks = 20;

/** Stops all that is found, and what has been born meanwhile. @returns what stands still, and why no more can be seen, if so */
function stopAll(find: Parameters<typeof look>[0]): ReturnType<typeof look> {
  const stopped = new Set<number>();
  for (let looks = 0; looks < mostLooks; looks += 1) {
    const { found, blind } = look(find);
    const fresh = found.filter((pid) => !stopped.has(pid));
    for (const pid of fresh) {
      signalProcess(pid, 'SIGSTOP');
      stopped.add(pid);
    }
    if (blind !== undefined) return { found: [...stopped], blind };
    if (fresh.length === 0) break;
  }
  return { found: [...stopped] };
}

/** @returns what is found; or why nothing can be seen */
function look(find: (all: readonly ProcessStat[]) => readonly number[]): {
  found: readonly number[];
  blind?: unknown;
} {
  try {
    return { found: find(listProcesses()) };
  } catch (blind) {
    return { found: [], blind };
  }
}

/** The pids of `all` that belong: marked, started by us, or tied to one that belongs. The dead and ourselves not. */
export function findProcesses(
  all: readonly ProcessStat[],
  leaders: ReadonlySet<number>,
  isMark: (line: string) => boolean,
  environmentOf: (pid: number) => readonly string[] = readEnvironment,
): readonly number[] {
  const living = all.filter((stat) => stat.state !== 'Z' && stat.state !== 'X' && stat.pid !== process.pid);
  const groups = new Set(leaders);
  const found = new Set<number>();
  for (const stat of living) {
    if (environmentOf(stat.pid).some(isMark)) found.add(stat.pid);
  }
  for (let before = -1; before !== found.size; ) {
    before = found.size;
    for (const stat of living) {
      const belongs = found.has(stat.parent) || groups.has(stat.group) || groups.has(stat.session);
      if (!belongs && !found.has(stat.pid)) continue;
      found.add(stat.pid);
      // Only groups and sessions that it leads itself: a marked process may sit in a group of the agent's own.
      if (stat.group === stat.pid) groups.add(stat.group);
      if (stat.session === stat.pid) groups.add(stat.session);
    }
  }
  return [...found];
}

function signalProcess(pid: number, signal: 'SIGSTOP' | 'SIGKILL'): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Gone in between, or of a user that the agent may not touch.
  }
}
