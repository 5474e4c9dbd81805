import type { BigIntStats } from 'node:fs';
import type { Accounts } from './accounts.ts';
import type { Attributes } from './attributes.ts';
import type { BytePath } from './bytePath.ts';

/** All that version 3 can tell of a file. Times before 1970 and after 2106 do not fit and are told as the nearest that does. */
export function attributesOf(stat: BigIntStats): Attributes {
  return {
    size: Number(stat.size),
    owner: { uid: Number(stat.uid), gid: Number(stat.gid) },
    permissions: Number(stat.mode),
    times: { accessed: seconds(stat.atimeMs), modified: seconds(stat.mtimeMs) },
  };
}

function seconds(ms: bigint): number {
  return Math.min(Math.max(Math.floor(Number(ms) / 1000), 0), 0xffffffff);
}

/** Pairs and not an object: Biome 2.5.15 writes octal keys of objects anew, as other numbers. */
const kinds = new Map([
  [0o140000, 's'],
  [0o120000, 'l'],
  [0o100000, '-'],
  [0o060000, 'b'],
  [0o040000, 'd'],
  [0o020000, 'c'],
  [0o010000, 'p'],
]);
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const halfYearMs = (365 / 2) * 24 * 3600 * 1000;

/**
 * The line that `ls -l` prints, which clients show as it is:
 * `drwxr-xr-x    2 root     root         4096 Nov 24 07:02 name`. Older than half a year, or of the future: the year
 * instead of the time.
 */
export function longLine(name: BytePath, stat: BigIntStats, accounts: Accounts, nowMs: number): BytePath {
  const mode = Number(stat.mode);
  const user = accounts.userName(Number(stat.uid)) ?? String(stat.uid);
  const group = accounts.groupName(Number(stat.gid)) ?? String(stat.gid);
  const changed = new Date(Number(stat.mtimeMs));
  const day = `${months[changed.getMonth()] ?? '???'} ${String(changed.getDate()).padStart(2)}`;
  const ageMs = nowMs - changed.getTime();
  const time =
    ageMs >= 0 && ageMs < halfYearMs
      ? `${two(changed.getHours())}:${two(changed.getMinutes())}`
      : String(changed.getFullYear()).padStart(5);
  return [
    modeText(mode),
    String(stat.nlink).padStart(4),
    user.padEnd(8),
    group.padEnd(8),
    String(stat.size).padStart(8),
    day,
    time,
    name,
  ].join(' ') as BytePath;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

/** `-rwsr-xr-x`: kind, then the rights of owner, group and others. */
export function modeText(mode: number): string {
  const kind = kinds.get(mode & 0o170000) ?? '?';
  const rights = (shift: number, special: number, letter: string): string => {
    const bits = (mode >> shift) & 7;
    const runs = (bits & 1) !== 0;
    const last = (mode & special) !== 0 ? (runs ? letter : letter.toUpperCase()) : runs ? 'x' : '-';
    return `${bits & 4 ? 'r' : '-'}${bits & 2 ? 'w' : '-'}${last}`;
  };
  return `${kind}${rights(6, 0o4000, 's')}${rights(3, 0o2000, 's')}${rights(0, 0o1000, 't')}`;
}
