import fs from 'node:fs';
import { encodeDone } from './answer.ts';
import type { Attributes } from './attributes.ts';
import { toBytes, toText } from './bytePath.ts';
import type { Change } from './fileEvent.ts';
import type { OpenFile } from './handles.ts';
import { byDescriptor, kernel } from './kernel.ts';
import { type NamedPlace, withName, withPlace, withPlaceItself } from './places.ts';
import { denied, errno, failed } from './refusal.ts';
import type { RequestOf } from './request.ts';
import type { Session } from './session.ts';
import { writeAll } from './transfer.ts';

/*
 * Everything here acts on a name in a folder that has been judged and is held by its descriptor, or on a place held in
 * the same way: a link put in the way at any moment leads these calls nowhere else.
 */

function told(session: Session, what: Change, path: NamedPlace['real'], to?: NamedPlace['real']): void {
  session.report({
    event: 'changed',
    what,
    path: toText(path),
    ...(to !== undefined && { to: toText(to) }),
    result: 'done',
  });
}

export async function mkdir(session: Session, { id, path, attributes }: RequestOf<'mkdir'>): Promise<Buffer> {
  session.fence.checkWrite();
  return withName(session.fence, path, 'change', async (named) => {
    await kernel.mkdir(named.at, attributes.permissions ?? 0o777);
    told(session, 'folder-made', named.real);
    return encodeDone(id);
  });
}

export async function rmdir(session: Session, { id, path }: RequestOf<'rmdir'>): Promise<Buffer> {
  return withName(session.fence, path, 'change', async (named) => {
    session.fence.checkMove(named.real);
    await kernel.rmdir(named.at);
    told(session, 'folder-removed', named.real);
    return encodeDone(id);
  });
}

export async function remove(session: Session, { id, path }: RequestOf<'remove'>): Promise<Buffer> {
  return withName(session.fence, path, 'change', async (named) => {
    await kernel.unlink(named.at).catch((error: unknown) => {
      throw errno(error) === 'EISDIR' ? failed('This is a folder, not a file.') : error;
    });
    told(session, 'removed', named.real);
    return encodeDone(id);
  });
}

/** Both names of a rename or a hard link, each in its judged folder. */
function withBoth<T>(
  session: Session,
  { from, to }: { from: NamedPlace['real']; to: NamedPlace['real'] },
  use: (from: NamedPlace, to: NamedPlace) => Promise<T>,
): Promise<T> {
  const { fence } = session;
  return withName(fence, from, 'change', (first) =>
    withName(fence, to, 'change', (second) => {
      fence.checkMove(first.real);
      fence.checkMove(second.real);
      return use(first, second);
    }),
  );
}

/** posix-rename@openssh.com: rename(2). What had the new name is gone, in one step. */
export async function posixRename(session: Session, request: RequestOf<'posix-rename'>): Promise<Buffer> {
  return withBoth(session, request, async (from, to) => {
    await kernel.rename(from.at, to.at);
    told(session, 'renamed', from.real, to.real);
    return encodeDone(request.id);
  });
}

/**
 * RENAME: never over something that is there (draft, section 6.5). Plain files get the new name as a second one first,
 * which no race can turn into an overwrite. Folders, and file systems without hard links, are looked at and renamed.
 */
export async function rename(session: Session, request: RequestOf<'rename'>): Promise<Buffer> {
  return withBoth(session, request, async (from, to) => {
    const stat = await kernel.lstat(from.at, { bigint: true });
    if (!(stat.isFile() && (await linkInstead(from, to)))) {
      const there = await kernel.lstat(to.at, { bigint: true }).catch(() => undefined);
      if (there !== undefined) throw failed('There is something of the new name already.');
      await kernel.rename(from.at, to.at);
    }
    told(session, 'renamed', from.real, to.real);
    return encodeDone(request.id);
  });
}

/** Renames a plain file by a hard link. False if links cannot be made here. */
async function linkInstead(from: NamedPlace, to: NamedPlace): Promise<boolean> {
  try {
    await kernel.link(from.at, to.at);
  } catch (error) {
    if (errno(error) === 'EEXIST') throw failed('There is something of the new name already.');
    if (['EOPNOTSUPP', 'ENOTSUP', 'ENOSYS', 'EPERM', 'EMLINK'].includes(errno(error))) return false;
    throw error;
  }
  await kernel.unlink(from.at).catch(async (error: unknown) => {
    await kernel.unlink(to.at).catch(() => {});
    throw error;
  });
  return true;
}

export async function hardlink(session: Session, request: RequestOf<'hardlink'>): Promise<Buffer> {
  return withBoth(session, request, async (from, to) => {
    await kernel.link(from.at, to.at);
    told(session, 'linked', from.real, to.real);
    return encodeDone(request.id);
  });
}

/** SYMLINK. The target is any text: where it leads is judged when somebody follows it through here. */
export async function symlink(session: Session, { id, target, path }: RequestOf<'symlink'>): Promise<Buffer> {
  return withName(session.fence, path, 'change', async (named) => {
    await kernel.symlink(toBytes(target), named.at);
    told(session, 'linked', named.real, target);
    return encodeDone(id);
  });
}

/** SETSTAT, on what the path leads to. */
export async function setstat(
  session: Session,
  { id, path, attributes }: RequestOf<'setstat'>,
): Promise<Buffer> {
  return withPlace(session.fence, path, 'change', async ({ at, stat, real }) => {
    const { size, permissions, times, owner } = attributes;
    if (size !== undefined) {
      if (!stat.isFile()) throw failed('Only a plain file has a size to set.');
      await kernel.truncate(at, size);
    }
    if (permissions !== undefined) await kernel.chmod(at, permissions);
    if (times !== undefined) await kernel.utimes(at, times.accessed, times.modified);
    if (owner !== undefined) await kernel.chown(at, owner.uid, owner.gid);
    told(session, 'attributes', real);
    return encodeDone(id);
  });
}

export async function fsetstat(
  session: Session,
  { id, handle, attributes }: RequestOf<'fsetstat'>,
): Promise<Buffer> {
  session.fence.checkWrite();
  const opened = session.handles.get(handle);
  const { fd, real } = opened;
  session.fence.check(real, 'change');
  session.fence.checkFileSystem((await kernel.statfs(byDescriptor(fd), { bigint: true })).type, 'change');
  const { size, permissions, times, owner } = attributes;
  if (size !== undefined && !(opened.kind === 'file' && opened.writes))
    throw denied('This handle is not open for writing.');
  if (size !== undefined) {
    if (opened.kind === 'file') opened.digest.spoil();
    await kernel.ftruncate(fd, size);
  }
  if (permissions !== undefined) await kernel.fchmod(fd, permissions);
  if (times !== undefined) await kernel.futimes(fd, times.accessed, times.modified);
  if (owner !== undefined) await kernel.fchown(fd, owner.uid, owner.gid);
  told(session, 'attributes', real);
  return encodeDone(id);
}

/** lsetstat@openssh.com: on the name itself. A link has no permissions and no size of its own. */
export async function lsetstat(session: Session, request: RequestOf<'lsetstat'>): Promise<Buffer> {
  const { id, path, attributes } = request;
  const isLink = await withPlaceItself(session.fence, path, 'change', async ({ stat }) =>
    stat.isSymbolicLink(),
  );
  if (!isLink) return setstat(session, { ...request, kind: 'setstat' });
  if (attributes.size !== undefined || attributes.permissions !== undefined)
    throw failed('A symbolic link has no size and no permissions of its own.');
  return withName(session.fence, path, 'change', async (named) => {
    await setOwnAttributes(named, attributes);
    told(session, 'attributes', named.real);
    return encodeDone(id);
  });
}

async function setOwnAttributes(named: NamedPlace, { times, owner }: Attributes): Promise<void> {
  if (times !== undefined) await kernel.lutimes(named.at, times.accessed, times.modified);
  if (owner !== undefined) await kernel.lchown(named.at, owner.uid, owner.gid);
}

export async function fsync(session: Session, { id, handle }: RequestOf<'fsync'>): Promise<Buffer> {
  await kernel.fsync(session.handles.get(handle).fd);
  return encodeDone(id);
}

/** In bytes. */
const copiedAtOnce = 1024 * 1024;

/** copy-data (draft-ietf-secsh-filexfer-extensions-00, section 7): on the device, without a byte on the wire. Length 0 is up to the end. */
export async function copyData(session: Session, request: RequestOf<'copy-data'>): Promise<Buffer> {
  session.fence.checkWrite();
  const from = session.handles.file(request.from);
  const to = session.handles.file(request.to);
  if (from.real === to.real) throw failed('A file cannot be copied onto itself.');
  if (!from.reads) throw denied('The file to copy from is not open for reading.');
  if (!to.writes) throw denied('The file to copy to is not open for writing.');
  try {
    await copyBytes(from, to, request);
  } catch (error) {
    from.failed = true;
    to.failed = true;
    throw error;
  }
  return encodeDone(request.id);
}

async function copyBytes(from: OpenFile, to: OpenFile, request: RequestOf<'copy-data'>): Promise<void> {
  const buffer = Buffer.allocUnsafeSlow(copiedAtOnce);
  let left = request.length === 0 ? Number.POSITIVE_INFINITY : request.length;
  for (let done = 0; left > 0; ) {
    const room = buffer.subarray(0, Math.min(left, copiedAtOnce));
    const got = await readSome(from.fd, room, request.fromOffset + done);
    if (got === 0) break;
    from.bytesRead += got;
    from.digest.spoil();
    await writeAll(to, buffer.subarray(0, got), request.toOffset + done);
    done += got;
    left -= got;
  }
}

function readSome(fd: number, into: Buffer, offset: number): Promise<number> {
  return new Promise((resolve, reject) => {
    fs.read(fd, into, { position: offset }, (error, bytes) => (error ? reject(error) : resolve(bytes)));
  });
}
