import type fs from 'node:fs';
import {
  type Entry,
  encodeAttributes,
  encodeExtended,
  encodeNames,
  encodePath,
  encodeStatus,
} from './answer.ts';
import { type BytePath, fromText, join, normal, toBytes } from './bytePath.ts';
import type { OpenFolder } from './handles.ts';
import { byDescriptor, kernel } from './kernel.ts';
import { attributesOf, longLine } from './listing.ts';
import { withName, withPlace, withPlaceItself } from './places.ts';
import { errno, Refusal } from './refusal.ts';
import type { RequestOf } from './request.ts';
import type { Session } from './session.ts';
import { dataCap, entriesCap, handleCap, packetCap, statusCodes } from './sftp.ts';

export async function stat(session: Session, { id, path }: RequestOf<'stat'>): Promise<Buffer> {
  return withPlace(session.fence, path, 'look', async (place) =>
    encodeAttributes(id, attributesOf(place.stat)),
  );
}

export async function lstat(session: Session, { id, path }: RequestOf<'lstat'>): Promise<Buffer> {
  return withPlaceItself(session.fence, path, 'look', async (place) =>
    encodeAttributes(id, attributesOf(place.stat)),
  );
}

export async function fstat(session: Session, { id, handle }: RequestOf<'fstat'>): Promise<Buffer> {
  const { fd } = session.handles.get(handle);
  return encodeAttributes(id, attributesOf(await kernel.fstat(fd, { bigint: true })));
}

/** READLINK: the text of the link, which is not a promise that it may be followed. */
export async function readlink(session: Session, { id, path }: RequestOf<'readlink'>): Promise<Buffer> {
  return withName(session.fence, path, 'look', async (named) => {
    session.fence.checkFileSystem((await kernel.statfs(named.folder.at, { bigint: true })).type, 'look');
    return encodePath(id, (await kernel.readlink(named.at, 'latin1')) as BytePath);
  });
}

/** REALPATH: the path without links, whose last part need not be there. */
export async function realpath(
  session: Session,
  { id, path }: { id: number; path: BytePath },
): Promise<Buffer> {
  const asked = path === '' ? ('.' as BytePath) : path;
  try {
    return encodePath(id, await withPlace(session.fence, asked, 'look', async (place) => place.real));
  } catch (error) {
    if (errno(error) !== 'ENOENT') throw error;
    return encodePath(id, await withName(session.fence, asked, 'look', async (named) => named.real));
  }
}

/** expand-path@openssh.com: `~` and `~user` at the beginning, then as REALPATH. */
export async function expandPath(session: Session, { id, path }: RequestOf<'expand-path'>): Promise<Buffer> {
  const tilde = /^~([^/]*)(?:\/+([\s\S]*))?$/.exec(path);
  if (!tilde) return realpath(session, { id, path });
  const [, user = '', rest = ''] = tilde;
  const home = user === '' ? session.home : session.accounts.homeOf(user);
  if (home === undefined) throw new Refusal(statusCodes.noSuchFile, 'There is no user of this name.');
  return realpath(session, { id, path: rest === '' ? home : join(home, rest as BytePath) });
}

/** home-directory (draft-ietf-secsh-filexfer-extensions-00, section 5); without a name, the user's own. */
export async function homeDirectory(
  session: Session,
  { id, user }: RequestOf<'home-directory'>,
): Promise<Buffer> {
  const home = user === '' ? session.home : session.accounts.homeOf(fromText(user));
  if (home === undefined) throw new Refusal(statusCodes.noSuchFile, 'There is no user of this name.');
  return encodePath(id, home);
}

/** READDIR: the next entries, each with its attributes. A name that is gone meanwhile is left out. */
export async function readdir(session: Session, { id, handle }: RequestOf<'readdir'>): Promise<Buffer> {
  const folder = session.handles.folder(handle);
  const answer = folder.turn.then(() => nextEntries(session, folder));
  folder.turn = answer.catch(() => {});
  const entries = await answer;
  if (entries.length === 0) return encodeStatus(id, statusCodes.eof, 'There are no more entries.');
  return encodeNames(id, entries);
}

async function nextEntries(session: Session, folder: OpenFolder): Promise<Entry[]> {
  const entries: Entry[] = [];
  const describe = (name: BytePath, stat: fs.BigIntStats): Entry => ({
    name,
    long: longLine(name, stat, session.accounts, Date.now()),
    attributes: attributesOf(stat),
  });
  if (!folder.begun) {
    folder.begun = true;
    const own = await kernel.fstat(folder.fd, { bigint: true });
    entries.push(
      describe('.' as BytePath, own),
      describe('..' as BytePath, await above(session, folder, own)),
    );
  }
  const at = byDescriptor(folder.fd) as BytePath;
  for (;;) {
    const names: BytePath[] = [];
    while (names.length < entriesCap - 2) {
      const entry = await folder.entries.read();
      if (entry === null) break;
      names.push(entry.name as BytePath);
    }
    const stats = await Promise.all(
      names.map((name) => kernel.lstat(toBytes(join(at, name)), { bigint: true }).catch(() => undefined)),
    );
    for (const [index, stat] of stats.entries()) {
      const name = names[index];
      if (stat !== undefined && name !== undefined) entries.push(describe(name, stat));
    }
    // Not one of them is still there: the client must not take the empty answer for the end.
    if (entries.length > 0 || names.length === 0) return entries;
  }
}

/** What `..` is told as: the folder above where it may be looked at, else the folder itself. */
async function above(session: Session, folder: OpenFolder, own: fs.BigIntStats): Promise<fs.BigIntStats> {
  try {
    session.fence.check(normal(join(folder.real, '..' as BytePath), folder.real), 'look');
    return await kernel.lstat(`${byDescriptor(folder.fd)}/..`, { bigint: true });
  } catch {
    return own;
  }
}

export async function statvfs(session: Session, { id, path }: RequestOf<'statvfs'>): Promise<Buffer> {
  return withPlace(session.fence, path, 'look', async (place) =>
    encodeVolume(session, id, await kernel.statfs(place.at, { bigint: true })),
  );
}

export async function fstatvfs(session: Session, { id, handle }: RequestOf<'fstatvfs'>): Promise<Buffer> {
  const { fd } = session.handles.get(handle);
  return encodeVolume(session, id, await kernel.statfs(byDescriptor(fd), { bigint: true }));
}

const readOnlyVolume = 1;
const longestName = 255;

/**
 * OpenSSH's PROTOCOL file, section 4.4: eleven u64, `bsize frsize blocks bfree bavail files ffree favail fsid flag
 * namemax`. What statfs(2) does not tell through Node is 0, and a name's length that of all file systems of Linux.
 */
function encodeVolume(session: Session, id: number, volume: fs.StatsFsBase<bigint>): Buffer {
  const { bsize, blocks, bfree, bavail, files, ffree } = volume;
  return encodeExtended(id, (fields) => {
    for (const value of [bsize, bsize, blocks, bfree, bavail, files, ffree, ffree, 0n]) fields.u64(value);
    fields.u64(session.fence.write ? 0 : readOnlyVolume).u64(longestName);
  });
}

/** limits@openssh.com: four u64, the largest packet, READ and WRITE, and the number of open handles. */
export async function limits(_session: Session, { id }: RequestOf<'limits'>): Promise<Buffer> {
  return encodeExtended(id, (fields) => fields.u64(packetCap).u64(dataCap).u64(dataCap).u64(handleCap));
}

/** users-groups-by-id@openssh.com: the names one behind another, empty where there is none. */
export async function usersGroupsById(
  session: Session,
  { id, uids, gids }: RequestOf<'users-groups-by-id'>,
): Promise<Buffer> {
  const { accounts } = session;
  const list = (names: (string | undefined)[]): Buffer =>
    Buffer.concat(
      names.map((name = '') => {
        const bytes = Buffer.alloc(4 + name.length);
        bytes.writeUInt32BE(name.length, 0);
        bytes.write(name, 4, 'latin1');
        return bytes;
      }),
    );
  return encodeExtended(id, (fields) =>
    fields.bytes(list(uids.map(accounts.userName))).bytes(list(gids.map(accounts.groupName))),
  );
}
