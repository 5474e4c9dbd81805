import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fail } from '../errors/index.ts';

/** What a path of a Unix socket may have, in bytes; its last one is a NUL (`sun_path`). */
const longestSocketPath = 107;
/** `/%C`: a slash and 40 hex digits; while it is made, `ssh` appends a dot and 16 characters. */
const nameBytes = 1 + 40 + 17;

/**
 * The folder for the sockets of `ssh`'s shared connections: inside the data folder, or, where that path is too long or
 * has characters that `ssh` would read as something else, a folder of this user beside other temporary files.
 * Each data folder has one of its own: two identities never share a connection.
 */
export function controlFolder(
  data: string,
  temporary = '/tmp',
  user: number = process.getuid?.() ?? 0,
): string {
  const inside = join(data, 'ssh');
  const fits = Buffer.byteLength(inside) + nameBytes <= longestSocketPath;
  if (fits && /^[A-Za-z0-9_./@:+,-]+$/.test(inside)) return inside;
  const mark = createHash('sha256').update(data).digest('hex').slice(0, 12);
  return join(temporary, `sallyport-${user}-${mark}`);
}

/** Makes that folder if it is not there. @throws control-folder-foreign if others can reach into it */
export function makeControlFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const found = lstatSync(folder);
  const own = process.getuid === undefined || found.uid === process.getuid();
  if (!found.isDirectory() || !own || (found.mode & 0o077) !== 0) {
    throw fail('control-folder-foreign', { details: { folder } });
  }
}
