import { constants, type Stats } from 'node:fs';
import {
  chmod,
  type FileHandle,
  mkdir,
  open,
  opendir,
  realpath,
  rename,
  stat,
  utimes,
} from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { failureHere } from './failure.ts';
import type { Entry, Kind, OpenFile, Status, Store } from './store.ts';

/** This computer's files. What comes from a device gets no more permissions than the user gives to new files. */
export function localStore(umask: number = process.umask()): Store {
  const told = <T>(path: string, act: Promise<T>): Promise<T> =>
    act.catch((error) => {
      throw failureHere(error, path);
    });
  const modeOf = (mode: number): number => (mode & 0o777 & ~umask) | 0o600;
  return {
    side: 'this-computer',
    readsAtOnce: 4,
    writesAtOnce: 1,
    absolute: async (path) => realpath(path).catch(() => resolve(path)),
    join,
    split: (path) => ({ folder: dirname(path), name: basename(path) }),
    look: async (path) => {
      try {
        return statusOf(await stat(path));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw failureHere(error, path);
      }
    },
    list: (path) => list(path),
    openToRead: async (path) => openFile(path, await told(path, open(path, constants.O_RDONLY)), modeOf),
    openToWrite: async (path, { truncate }) => {
      const flags = constants.O_RDWR | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0);
      const handle = await told(path, open(path, flags | (truncate ? constants.O_TRUNC : 0), 0o600));
      return openFile(path, handle, modeOf);
    },
    makeFolder: (path) => told(path, mkdir(path, { mode: 0o700 })),
    replace: (from, to) => told(to, rename(from, to)),
    setStatus: async (path, { mode, modified }) => {
      await told(path, chmod(path, modeOf(mode) | (mode & 0o500)));
      await told(path, utimes(path, modified, modified));
    },
  };
}

function openFile(path: string, handle: FileHandle, modeOf: (mode: number) => number): OpenFile {
  const told = async <T>(act: Promise<T>): Promise<T> =>
    act.catch((error) => {
      throw failureHere(error, path);
    });
  return {
    read: async (offset, length) => {
      const buffer = Buffer.allocUnsafe(length);
      const { bytesRead } = await told(handle.read(buffer, 0, length, offset));
      return bytesRead === 0 ? undefined : buffer.subarray(0, bytesRead);
    },
    write: async (offset, data) => {
      for (let done = 0; done < data.length; ) {
        const { bytesWritten } = await told(handle.write(data, done, data.length - done, offset + done));
        done += bytesWritten;
      }
    },
    status: async () => statusOf(await told(handle.stat())),
    truncate: (size) => told(handle.truncate(size)),
    setStatus: async ({ mode, modified }) => {
      await told(handle.chmod(modeOf(mode)));
      await told(handle.utimes(modified, modified));
    },
    close: () => told(handle.close()),
  };
}

async function* list(path: string): AsyncGenerator<Entry> {
  try {
    for await (const entry of await opendir(path)) {
      const kind: Kind = entry.isFile()
        ? 'file'
        : entry.isDirectory()
          ? 'folder'
          : entry.isSymbolicLink()
            ? 'link'
            : 'other';
      yield { name: entry.name, kind };
    }
  } catch (error) {
    throw failureHere(error, path);
  }
}

function statusOf(stats: Stats): Status {
  return {
    kind: stats.isFile() ? 'file' : stats.isDirectory() ? 'folder' : 'other',
    size: stats.size,
    modified: Math.floor(stats.mtimeMs / 1_000),
    mode: stats.mode & 0o777,
  };
}
