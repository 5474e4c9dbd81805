import { posix } from 'node:path';
import type { SallyportError } from '@sallyport/protocol/errors';
import { statusCodes } from '@sallyport/protocol/sftp';
import { printable } from '@sallyport/protocol/text';
import { fail } from '../errors/index.ts';
import { type Attributes, type Handle, type SftpClient, SftpRefusal } from '../sftp/index.ts';
import { failureThere } from './failure.ts';
import type { Entry, Kind, OpenFile, Status, Store } from './store.ts';

/** The device's files, over SFTP. */
export function deviceStore(sftp: SftpClient): Store {
  const told = <T>(path: string, act: Promise<T>): Promise<T> =>
    act.catch((error) => {
      throw failureThere(error, path);
    });
  return {
    side: 'device',
    readsAtOnce: 64,
    writesAtOnce: 64,
    absolute: (path) => told(path, sftp.realpath(path)),
    join: posix.join,
    split: (path) => ({ folder: posix.dirname(path), name: posix.basename(path) }),
    look: async (path) => {
      try {
        return statusOf(await sftp.stat(path));
      } catch (error) {
        if (error instanceof SftpRefusal && error.status === statusCodes.noSuchFile) return undefined;
        throw failureThere(error, path);
      }
    },
    list: (path) => list(sftp, path),
    openToRead: async (path) => openFile(sftp, path, await told(path, sftp.openToRead(path))),
    openToWrite: async (path, options) =>
      openFile(sftp, path, await told(path, sftp.openToWrite(path, options))),
    makeFolder: (path) => told(path, sftp.makeFolder(path)),
    replace: (from, to) => told(to, sftp.replace(from, to)),
    setStatus: (path, status) => told(path, sftp.setPathAttributes(path, attributesOf(status))),
  };
}

function openFile(sftp: SftpClient, path: string, handle: Handle): OpenFile {
  const told = <T>(act: Promise<T>): Promise<T> =>
    act.catch((error) => {
      throw failureThere(error, path);
    });
  return {
    read: (offset, length) => told(sftp.read(handle, offset, length)),
    write: (offset, data) => told(sftp.write(handle, offset, data)),
    status: async () => statusOf(await told(sftp.fstat(handle))),
    truncate: (size) => told(sftp.setAttributes(handle, { size })),
    setStatus: (status) => told(sftp.setAttributes(handle, attributesOf(status))),
    close: () => told(sftp.close(handle)),
  };
}

/** What the device lists of one folder before it is not listened to any more: it might never end. */
const entryLimit = 1_000_000;

async function* list(sftp: SftpClient, path: string): AsyncGenerator<Entry> {
  let entries = 0;
  try {
    const handle = await sftp.openFolder(path);
    try {
      for (let page = await sftp.readFolder(handle); page; page = await sftp.readFolder(handle)) {
        // A page of nothing counts as well.
        entries += Math.max(page.length, 1);
        if (entries > entryLimit) throw tooLarge(path);
        for (const { name, attributes } of page) {
          if (name !== '.' && name !== '..') yield { name, kind: kindOf(attributes.permissions) };
        }
      }
    } finally {
      await sftp.close(handle).catch(() => {});
    }
  } catch (error) {
    throw failureThere(error, path);
  }
}

const tooLarge = (path: string): SallyportError =>
  fail('folder-too-large', {
    details: { where: 'on the device', path: printable(path), limit: entryLimit },
    leg: 'device',
  });

const attributesOf = ({ mode, modified }: Pick<Status, 'mode' | 'modified'>): Attributes => ({
  permissions: mode & 0o777,
  accessed: modified,
  modified,
});

function statusOf({ permissions, size = 0, modified = 0 }: Attributes): Status {
  return { kind: kindOf(permissions), size, modified, mode: (permissions ?? 0o600) & 0o777 };
}

/** By the type bits of POSIX; a device that tells none gives plain files. */
function kindOf(permissions: number | undefined): Kind {
  if (permissions === undefined) return 'file';
  const type = permissions & 0o170000;
  if (type === 0o100000 || type === 0) return 'file';
  if (type === 0o040000) return 'folder';
  return type === 0o120000 ? 'link' : 'other';
}
