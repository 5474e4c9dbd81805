import { spawnSync } from 'node:child_process';
import { homedir, type UserInfo, userInfo } from 'node:os';
import type { RunAs } from '../channels/types.ts';
import { unlessGone } from '../errors/shortage.ts';

/** The user that a session's processes run as. */
export type RunUser = {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  readonly shell: string;
  /** Whether the agent has to become this user before it starts something. */
  readonly switched: boolean;
};

export const fallbackShell = '/bin/sh';
const unusableShells = /\/(?:nologin|false|true|sync)$/;

/**
 * Who `runAs` is. The agent's own user is often a service account without a login shell, so for `same-user` such a
 * shell is replaced by /bin/sh; a configured user's shell stays as it is, for `nologin` there is somebody's decision.
 *
 * @throws EMFILE and the like
 */
export function runUserOf(runAs: RunAs): RunUser {
  if (runAs.kind === 'same-user') return ownUser();
  const { name, uid, gid, home, shell } = runAs;
  return { name, uid, gid, home, shell: shell || fallbackShell, switched: uid !== (process.getuid?.() ?? 0) };
}

/** The agent's own line of /etc/passwd, read once. */
let entry: UserInfo<string> | undefined;

function ownUser(): RunUser {
  const uid = process.getuid?.() ?? 0;
  const gid = process.getgid?.() ?? 0;
  entry ??= unlessGone(() => userInfo(), undefined);
  // A user without an entry in /etc/passwd, as in many containers.
  if (!entry) return { name: String(uid), uid, gid, home: '/', shell: fallbackShell, switched: false };
  const { username, shell } = entry;
  const usable = shell && !unusableShells.test(shell) ? shell : fallbackShell;
  // The agent's own HOME where it has one, as for every other program that this user starts.
  return { name: username, uid, gid, home: homedir() || '/', shell: usable, switched: false };
}

/**
 * What stands before a command so that it runs as `user`, with the groups that the user has in /etc/group. Node's own
 * `uid` option would leave a switched process without supplementary groups, and node-pty's with root's.
 */
export function switchUser(user: RunUser): readonly string[] {
  if (!user.switched) return [];
  const ids = ['--reuid', String(user.uid), '--regid', String(user.gid)];
  return ['setpriv', ...ids, '--init-groups', '--inh-caps=-all', '--'];
}

export type CanRunAs = { readonly possible: true } | { readonly possible: false; readonly reason: string };

/**
 * Whether the agent can start processes as this user, by starting one. `serve` refuses the scopes that need processes
 * when it cannot (design, section 4, step 9).
 */
export function canRunAs(runAs: RunAs): CanRunAs {
  const user = runUserOf(runAs);
  if (!user.switched) return { possible: true };
  if (process.getuid?.() !== 0) {
    return { possible: false, reason: `the agent does not run as root, so it cannot become ${user.name}` };
  }
  const [program = '', ...rest] = switchUser(user);
  const tried = spawnSync(program, [...rest, '/bin/sh', '-c', 'id -u'], {
    env: { PATH: searchPath },
    timeout: 5_000,
    encoding: 'utf8',
  });
  if (tried.status === 0 && tried.stdout.trim() === String(user.uid)) return { possible: true };
  const missing = tried.error !== undefined && 'code' in tried.error && tried.error.code === 'ENOENT';
  return {
    possible: false,
    reason: missing
      ? 'the program setpriv (of util-linux) is not installed'
      : `setpriv could not become ${user.name}`,
  };
}

/** Where programs are looked for, in a session and by the agent itself. */
export const searchPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
