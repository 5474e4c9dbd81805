import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { fail } from '../errors/index.ts';
import { canRunAs } from '../processes/index.ts';
import type { AgentConfig } from './config.ts';

/**
 * As whom terminals, commands and files run (design, section 4, step 9).
 *
 * @param name a user's name, `same-user`, or undefined if nothing is configured
 * @throws run-as-unknown
 */
export function resolveRunAs(name: string | undefined): AgentConfig['runAs'] {
  if (name === 'same-user') return { kind: 'same-user' };
  if (name === undefined) return { kind: 'missing', reason: 'run-as is not set' };
  const runAs = findUser(name);
  if (!runAs) throw fail('run-as-unknown', { details: { name: name.slice(0, 64) } });
  const can = canRunAs(runAs);
  return can.possible ? runAs : { kind: 'missing', reason: can.reason };
}

/** The user's name, as people know it. */
export function runAsName(runAs: AgentConfig['runAs']): string {
  if (runAs.kind === 'user') return runAs.name;
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.()}`; // A user without a name.
  }
}

function findUser(name: string): Extract<AgentConfig['runAs'], { kind: 'user' }> | undefined {
  if (!/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,31}$/.test(name)) return undefined;
  const line = passwdLines(name).find((one) => one.startsWith(`${name}:`));
  const [, , uid, gid, , home, shell] = line?.split(':') ?? [];
  if (!uid || !gid) return undefined;
  return {
    kind: 'user',
    name,
    uid: Number(uid),
    gid: Number(gid),
    home: home || '/',
    shell: shell || '/bin/sh',
  };
}

/** `getent` knows users of directories too; where it is missing, there is the file. */
function passwdLines(name: string): string[] {
  const asked = spawnSync('getent', ['passwd', name], { encoding: 'utf8', timeout: 5_000 });
  if (!asked.error) return asked.stdout.split('\n');
  return readFileSync('/etc/passwd', 'utf8').split('\n');
}
