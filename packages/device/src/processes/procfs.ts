import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
// Not by the folder's index, whose tables would take memory of the watchdog for nothing.
import { unlessGone } from '../errors/shortage.ts';

/** One line of /proc/PID/stat, as far as ending processes needs it (proc(5)). */
export type ProcessStat = {
  readonly pid: number;
  readonly state: string;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** The foreground group of its terminal, or -1. */
  readonly foreground: number;
  /** In clock ticks after boot. With the pid it names a process for good. */
  readonly startTime: number;
};

/** The process of this pid, or undefined when it is gone. @throws EMFILE and the like, when there is no way to know */
export function readStat(pid: number): ProcessStat | undefined {
  const text = unlessGone(() => readFileSync(`/proc/${pid}/stat`, 'latin1'), undefined);
  if (text === undefined) return undefined;
  // The second field is the program's name in parentheses, and may hold spaces and parentheses itself.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const number = (index: number): number => Number(fields[index] ?? 0);
  return {
    pid,
    state: fields[0] ?? '',
    parent: number(1),
    group: number(2),
    session: number(3),
    foreground: number(5),
    startTime: number(19),
  };
}

/** All processes that can be seen; none where there is no /proc. @throws EMFILE and the like, when there is no way to know */
export function listProcesses(): ProcessStat[] {
  return unlessGone(() => readdirSync('/proc'), [])
    .filter((name) => /^\d+$/.test(name))
    .map((name) => readStat(Number(name)))
    .filter((stat) => stat !== undefined);
}

/**
 * The environment that a process was started with; empty when it is gone or belongs to somebody else.
 *
 * @throws EMFILE and the like, when there is no way to know
 */
export function readEnvironment(pid: number): readonly string[] {
  return unlessGone(() => readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0'), []);
}

let ownMark: string | undefined;

/**
 * Names this run of the agent on this machine: the space of pids it lives in, its pid, and when it started. It marks
 * processes and cgroups, so that the next agent knows whose are left over.
 */
export function agentMark(): string {
  ownMark ??= makeMark();
  return ownMark;
}

function makeMark(): string {
  const space = /\[(\d+)\]/.exec(readLink('/proc/self/ns/pid'))?.[1] ?? '0';
  return `${space}-${process.pid}-${readStat(process.pid)?.startTime ?? 0}`;
}

/**
 * Whether the agent of this mark is one that ran here and runs no more. One of another space of pids may live.
 *
 * @throws EMFILE and the like, when there is no way to know
 */
export function isMarkOfDeadAgent(mark: string): boolean {
  const match = /^(\d+)-(\d+)-(\d+)$/.exec(mark);
  if (!match) return false;
  const [, space, pid, startTime] = match;
  if (space !== agentMark().split('-')[0]) return false;
  const now = readStat(Number(pid));
  return now === undefined || now.state === 'Z' || now.startTime !== Number(startTime);
}

function readLink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

/** Sends a signal to every process of a group; nothing happens when there is none. */
export function signalGroup(group: number, name: NodeJS.Signals): void {
  try {
    process.kill(-group, name);
  } catch {
    // It is gone.
  }
}
