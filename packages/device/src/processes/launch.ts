import { type ChildProcess, spawn } from 'node:child_process';
import type { ChannelExit } from '../channels/types.ts';
import { exhausted } from '../errors/index.ts';
import type { Containment } from './containment.ts';
import { childDescriptors } from './descriptors.ts';
import { type RunUser, switchUser } from './runUser.ts';

/**
 * What runs between the agent and the program, in the process that becomes the program:
 * it joins the session's cgroup *before* anything of the representative's runs, takes the terminal as its controlling
 * one, sets it up, and undoes what Node changed (umask, the limit of open files). $1 = cgroup.procs, $2 = terminal,
 * $3 = arguments for stty, $4 = folder, the rest = the program. A step that must not fail ends it with 126.
 */
const launcher = `
exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
[ -z "$1" ] || echo $$ 2>/dev/null >"$1" || exit 126
[ -z "$2" ] || exec <>"$2" >&0 2>&0 || exit 126
[ -z "$3" ] || stty $3 2>/dev/null
umask 022
ulimit -S -n 1024 2>/dev/null
cd "$4" 2>/dev/null || cd /
unset OLDPWD
shift 4
exec "$@"
`;

export type Launch = {
  readonly user: RunUser;
  readonly containment: Containment;
  readonly environment: Readonly<Record<string, string>>;
  /** The program and its arguments, already as the user's shell is to get them. */
  readonly command: readonly string[];
  readonly stdio: readonly ('pipe' | 'ignore' | number)[];
  /** The path of the terminal that becomes the controlling one, and how `stty` sets it up. */
  readonly terminal?: { readonly path: string; readonly modes: string };
};

/**
 * Starts a program in the session: as its user, in its cgroup, leader of a process group and session of its own, with
 * nothing of the agent's environment and descriptors.
 *
 * @throws device-exhausted when the system has no process or descriptor to give
 */
export function launch(start: Launch): ChildProcess {
  const { user, containment, terminal } = start;
  const child = spawn(
    '/bin/sh',
    [
      '-c',
      launcher,
      'sallyport',
      containment.joinPath,
      terminal?.path ?? '',
      terminal?.modes ?? '',
      user.home,
      ...switchUser(user),
      ...start.command,
    ],
    { cwd: '/', env: start.environment, stdio: childDescriptors(start.stdio), detached: true },
  );
  child.on('error', () => {}); // No process: `exit` never comes, `pid` is undefined. Looked at below.
  if (child.pid === undefined) throw exhausted('the system could not start a process');
  const { pid } = child;
  containment.started(pid);
  child.once('exit', () => containment.ended(pid));
  return child;
}

/** What stands before a program that the agent starts elsewhere, so that it joins the session's cgroup first. */
export function joining(containment: Containment): readonly string[] {
  if (containment.joinPath === '') return [];
  return ['/bin/sh', '-c', 'echo $$ >"$1" || exit 126; shift; exec "$@"', 'sallyport', containment.joinPath];
}

/** The command line by which the user's shell runs `line`, or starts as a login shell when there is none. */
export function shellCommand(user: RunUser, line?: string): readonly string[] {
  if (line !== undefined) return [user.shell, '-c', line];
  const takesLogin = /\/(?:ba|z|k|mk|da|a|fi|c|tc|pdk|)sh$/.test(user.shell);
  return takesLogin ? [user.shell, '-l'] : [user.shell];
}

/** How a process ended, once it has. */
export function exitOf(child: ChildProcess): Promise<ChannelExit> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve(signal === null ? { code: code ?? 255 } : { signal }));
  });
}
