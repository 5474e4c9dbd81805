import { closeSync, constants, openSync } from 'node:fs';
import { join } from 'node:path';

/** The longest path that a Unix socket may have everywhere, in bytes. */
const longestPath = 100;

/**
 * Does something with the path of a Unix socket in a data folder, which may lie deeper than a socket's path may be
 * long: then Linux is given the folder by its descriptor.
 */
export function withSocketPath<T>(
  folder: string,
  name: string,
  use: (path: string, done: () => void) => T,
): T {
  const path = join(folder, name);
  if (Buffer.byteLength(path) <= longestPath || process.platform !== 'linux') return use(path, () => {});
  const descriptor = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  let open = true;
  return use(`/proc/self/fd/${descriptor}/${name}`, () => {
    if (open) closeSync(descriptor);
    open = false;
  });
}

/** Whether a Unix socket could not be reached because nobody listens on it: any other failure says nothing of that. */
export function isNobody(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ECONNREFUSED';
}
