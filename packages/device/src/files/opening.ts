import fs from 'node:fs';
import { encodeDone, encodeHandle } from './answer.ts';
import { type BytePath, toText } from './bytePath.ts';
import { contentOf, Digest } from './digest.ts';
import type { Closing, Direction } from './fileEvent.ts';
import type { OpenFile, OpenFolder } from './handles.ts';
import { kernel, safely } from './kernel.ts';
import { createNamed, openPlace, type Place, withName, withPlace } from './places.ts';
import { denied, errno, failed } from './refusal.ts';
import type { HandleName, RequestOf } from './request.ts';
import type { Session } from './session.ts';
import { openFlags } from './sftp.ts';

/** How often OPEN looks again when a name comes and goes under it. */
const attempts = 4;

/** What the flags of OPEN ask for. To append is to write. Without any, to read. */
function wishes(flags: number): {
  reads: boolean;
  writes: boolean;
  appends: boolean;
  creates: boolean;
  alone: boolean;
  empties: boolean;
} {
  const has = (flag: number): boolean => (flags & flag) !== 0;
  const appends = has(openFlags.append);
  const writes = has(openFlags.write) || appends;
  return {
    reads: has(openFlags.read) || !writes,
    writes,
    appends,
    creates: has(openFlags.create),
    alone: has(openFlags.exclusive),
    empties: has(openFlags.truncate),
  };
}

/**
 * OPEN. Nothing is created, emptied or even touched before it is known where the path leads: what is there is found
 * first, judged, and opened through its descriptor; what is not there is created in its judged folder, as a new file or
 * not at all. So a file is never created through a link that leads nowhere. Only plain files are opened: a device may do
 * anything, and a pipe waits for its other end.
 */
export async function openFile(session: Session, request: RequestOf<'open'>): Promise<Buffer> {
  const { fence, handles } = session;
  const { path } = request;
  const wish = wishes(request.flags);
  if (wish.writes || wish.creates || wish.alone || wish.empties) fence.checkWrite();
  if (wish.empties && !wish.writes) throw failed('To empty a file, it has to be opened for writing.');
  handles.checkRoom();
  const purpose = wish.writes ? 'change' : 'look';
  const { O_RDWR, O_WRONLY, O_RDONLY, O_APPEND } = fs.constants;
  const access = wish.writes ? (wish.reads ? O_RDWR : O_WRONLY) : O_RDONLY;
  const flags = access | (wish.appends ? O_APPEND : 0) | safely;

  const existing = (place: Place): Promise<HandleName> => {
    if (wish.creates && wish.alone) throw failed('There is something of this name already.');
    if (place.stat.isDirectory()) throw failed('This is a folder, not a file.');
    if (!place.stat.isFile())
      throw denied('This is a device, a pipe or a socket: only plain files are opened.');
    return openPlace(fence, place, flags, purpose).then(async (fd) => {
      if (wish.empties) await orClose(fd, kernel.ftruncate(fd, 0));
      return admit(place.real, fd, false);
    });
  };
  const admit = (real: BytePath, fd: number, created: boolean): HandleName => {
    const { reads, writes, appends } = wish;
    const number = handles.given;
    const file: OpenFile = {
      kind: 'file',
      number,
      fd,
      real,
      reads,
      writes,
      appends,
      created,
      bytesRead: 0,
      bytesWritten: 0,
      digest: new Digest(),
      failed: false,
    };
    const name = handles.add(file);
    session.report({
      event: 'opened',
      file: number,
      path: toText(real),
      direction: direction(file),
      created,
    });
    return name;
  };

  for (let attempt = 0; attempt < attempts; attempt++) {
    try {
      return encodeHandle(request.id, await withPlace(fence, path, purpose, existing));
    } catch (error) {
      if (errno(error) !== 'ENOENT' || !wish.creates) throw error;
    }
    try {
      const mode = request.attributes.permissions ?? 0o666;
      const name = await withName(fence, path, 'change', async (named) =>
        admit(named.real, await createNamed(fence, named, flags, mode), true),
      );
      return encodeHandle(request.id, name);
    } catch (error) {
      if (errno(error) !== 'EEXIST') throw error;
      if (wish.alone) throw failed('There is something of this name already.');
    }
  }
  throw failed('This is a symbolic link that leads nowhere: nothing is created through it.');
}

async function orClose<T>(fd: number, done: Promise<T>): Promise<T> {
  return done.catch((error: unknown) => {
    fs.closeSync(fd);
    throw error;
  });
}

function direction(file: OpenFile): Direction {
  return file.reads ? (file.writes ? 'both' : 'read') : 'write';
}

/** OPENDIR. Entries are read as they are asked for: a folder of any size takes the same memory. */
export async function openFolder(session: Session, request: RequestOf<'opendir'>): Promise<Buffer> {
  session.handles.checkRoom();
  const { O_DIRECTORY, O_RDONLY } = fs.constants;
  const name = await withPlace(session.fence, request.path, 'look', async (place) => {
    const fd = await openPlace(session.fence, place, O_RDONLY | O_DIRECTORY | safely, 'look');
    // Node's readers of folders take a path, and open it once more: this one is the folder that has been judged.
    const entries = await orClose(
      fd,
      kernel.opendir(place.at, { encoding: 'latin1' as BufferEncoding, bufferSize: 128 }),
    );
    const folder: OpenFolder = {
      kind: 'folder',
      fd,
      real: place.real,
      entries,
      turn: Promise.resolve(),
      begun: false,
    };
    return session.handles.add(folder);
  });
  return encodeHandle(request.id, name);
}

/**
 * CLOSE. Also what is done with everything that is open when the client goes.
 *
 * @param left whether it is closed in the place of a client that left it open
 */
export async function close(
  session: Session,
  request: { id: number; handle: HandleName },
  left = false,
): Promise<Buffer> {
  const opened = session.handles.remove(request.handle);
  if (opened.kind === 'folder') {
    await opened.turn;
    await opened.entries.close();
    fs.closeSync(opened.fd);
    return encodeDone(request.id);
  }
  const { number, fd, real, created, bytesRead, bytesWritten, failed } = opened;
  const content = await contentOf(fd, opened.digest, bytesRead + bytesWritten).catch(() => undefined);
  const told = (result: Closing): void =>
    session.report({
      event: 'closed',
      file: number,
      path: toText(real),
      direction: direction(opened),
      created,
      bytesRead,
      bytesWritten,
      ...content,
      result,
    });
  try {
    // A file system far away tells only here that it did not keep what was written.
    await kernel.close(fd);
  } catch (error) {
    told('failed');
    throw error;
  }
  told(failed ? 'failed' : left ? 'left-open' : 'done');
  return encodeDone(request.id);
}
