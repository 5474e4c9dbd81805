import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  type Stats,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { SallyportError } from '@sallyport/protocol/errors';
import { fail } from '../errors/index.ts';

/** Who may own what we read: this user. Undefined where the system has no numbers for users. */
export const ownUid = (): number | undefined => process.getuid?.();

/**
 * Writes a file of mode 0600, whole or not at all: into a new file beside it, flushed, then renamed over the old one.
 * Durable when it returns.
 *
 * @throws folder-unusable
 */
export function writePrivateFile(path: string, contents: string | Uint8Array): void {
  const fresh = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.new`);
  try {
    const file = openSync(fresh, 'wx', 0o600);
    try {
      writeFileSync(file, contents);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(fresh, path);
    syncFolder(dirname(path));
  } catch (cause) {
    rmSync(fresh, { force: true });
    throw unusable(path, cause);
  }
}

/** Makes the rename itself durable. Not every file system lets a folder be flushed; then nothing more can be done. */
function syncFolder(path: string): void {
  if (process.platform === 'win32') return;
  const folder = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    fsyncSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EINVAL') throw error;
  } finally {
    closeSync(folder);
  }
}

/**
 * Reads a file that only this user may read, up to `capBytes`; undefined if there is none. A symbolic link is refused.
 *
 * @throws folder-permissions, folder-owner, folder-unusable
 */
export function readPrivateFile(path: string, capBytes: number, uid = ownUid()): Buffer | undefined {
  let file: number;
  try {
    file = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw unusable(path, cause);
  }
  try {
    const stats = fstatSync(file);
    if (!stats.isFile()) throw fail('folder-unusable', { details: { path, reason: 'it is not a file' } });
    checkPrivate(path, stats, uid);
    const buffer = Buffer.alloc(Math.min(stats.size, capBytes) + 1);
    let length = 0;
    while (length < buffer.length) {
      const count = readSync(file, buffer, length, buffer.length - length, length);
      if (count === 0) break;
      length += count;
    }
    if (length > capBytes || length > stats.size) {
      throw fail('folder-unusable', { details: { path, reason: `it is larger than ${capBytes} bytes` } });
    }
    return buffer.subarray(0, length);
  } catch (cause) {
    throw unusable(path, cause);
  } finally {
    closeSync(file);
  }
}

/**
 * Makes a folder of mode 0700, with those above it, or checks the one that is there.
 *
 * @returns whether it was made now
 * @throws folder-permissions, folder-owner, folder-unusable
 */
export function makePrivateFolder(path: string, uid = ownUid()): boolean {
  let made: string | undefined;
  try {
    made = mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw unusable(path, cause);
  }
  const stats = lstatSync(path);
  if (!stats.isDirectory())
    throw fail('folder-unusable', { details: { path, reason: 'it is not a folder' } });
  checkPrivate(path, stats, uid);
  return made !== undefined;
}

/** @throws folder-permissions, folder-owner */
export function checkPrivate(path: string, stats: Stats, uid: number | undefined): void {
  if (uid === undefined) return;
  if (stats.uid !== uid) throw fail('folder-owner', { details: { path, owner: stats.uid } });
  if ((stats.mode & 0o077) !== 0) {
    const mode = (stats.mode & 0o777).toString(8).padStart(4, '0');
    throw fail('folder-permissions', { details: { path, mode } });
  }
}

const reasons: { readonly [code: string]: string } = {
  EACCES: 'permission is denied',
  EPERM: 'permission is denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota is used up',
  ENOENT: 'the folder is not there',
  ENOTDIR: 'a part of its path is not a folder',
  EISDIR: 'it is a folder',
  ELOOP: 'it is a symbolic link',
};

/** @returns `folder-unusable` with the reason in words; an error of ours as it is */
export function unusable(path: string, cause: unknown): Error {
  if (cause instanceof SallyportError) return cause;
  return fail('folder-unusable', { details: { path, reason: reasonOf(cause) }, cause });
}

/** Why a file or folder cannot be used, in words. */
export function reasonOf(cause: unknown): string {
  const { code = 'unknown' } = cause as NodeJS.ErrnoException;
  return reasons[code] ?? `error ${code}`;
}
