import fs from 'node:fs';
import { type BytePath, fromBytes } from './bytePath.ts';

/** The names of users and groups as the device's files have them. Other sources of names are not asked: they may be far away, and slow. */
export type Accounts = {
  userName(uid: number): string | undefined;
  groupName(gid: number): string | undefined;
  homeOf(user: string): BytePath | undefined;
};

const capBytes = 1024 * 1024;

/** Reads `/etc/passwd` and `/etc/group` at the first question. */
export function readAccounts(passwd = '/etc/passwd', group = '/etc/group'): Accounts {
  let users: Map<number, string> | undefined;
  let homes: Map<string, BytePath> | undefined;
  let groups: Map<number, string> | undefined;

  function readUsers(): void {
    users = new Map();
    homes = new Map();
    for (const [name = '', , uid = '', , , home = ''] of rows(passwd)) {
      if (!users.has(Number(uid))) users.set(Number(uid), name);
      if (!homes.has(name)) homes.set(name, fromBytes(Buffer.from(home, 'latin1')));
    }
  }
  return {
    userName(uid) {
      if (users === undefined) readUsers();
      return users?.get(uid);
    },
    groupName(gid) {
      groups ??= new Map(rows(group).map(([name = '', , id = '']) => [Number(id), name]));
      return groups.get(gid);
    },
    homeOf(user) {
      if (homes === undefined) readUsers();
      return homes?.get(user);
    },
  };
}

function rows(path: string): string[][] {
  try {
    if (fs.statSync(path).size > capBytes) return [];
    return fs
      .readFileSync(path, 'latin1')
      .split('\n')
      .filter((line) => line.includes(':') && !line.startsWith('#'))
      .map((line) => line.split(':'));
  } catch {
    return [];
  }
}
