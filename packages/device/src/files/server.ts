import { once } from 'node:events';
import net from 'node:net';
import { encodeStatus, encodeVersion } from './answer.ts';
import * as changing from './changing.ts';
import { Malformed } from './fields.ts';
import type { OpenFile } from './handles.ts';
import { Inlet } from './inlet.ts';
import * as looking from './looking.ts';
import { oneByOne } from './oneByOne.ts';
import { close, openFile, openFolder } from './opening.ts';
import { Outlet } from './outlet.ts';
import { denied, toRefusal } from './refusal.ts';
import { refusalsOf } from './refused.ts';
import { decodeRequest, type Request, type RequestOf } from './request.ts';
import type { Session } from './session.ts';
import { extensions, openFlags, statusCodes } from './sftp.ts';
import {
  answerReads,
  answerWrites,
  type ReadRequest,
  readJoins,
  type WriteRequest,
  writeJoins,
} from './transfer.ts';
import { Turns } from './turns.ts';

/** Requests that may wait before the client is not read further; and the data of WRITE, see `Inlet`. */
const waitingCap = 512;

type Single = Exclude<Request['kind'], 'read' | 'write'>;
type Operation<K extends Request['kind']> = (session: Session, request: RequestOf<K>) => Promise<Buffer>;

/** One operation for each kind of request, but for READ and WRITE, which are done many at a time. */
const operations: { readonly [K in Single]: Operation<K> } = {
  init: async () => encodeVersion(extensions),
  open: openFile,
  opendir: openFolder,
  close,
  stat: looking.stat,
  lstat: looking.lstat,
  fstat: looking.fstat,
  readdir: looking.readdir,
  readlink: looking.readlink,
  realpath: looking.realpath,
  'expand-path': looking.expandPath,
  'home-directory': looking.homeDirectory,
  statvfs: looking.statvfs,
  fstatvfs: looking.fstatvfs,
  limits: looking.limits,
  'users-groups-by-id': looking.usersGroupsById,
  mkdir: changing.mkdir,
  rmdir: changing.rmdir,
  remove: changing.remove,
  rename: changing.rename,
  'posix-rename': changing.posixRename,
  hardlink: changing.hardlink,
  symlink: changing.symlink,
  setstat: changing.setstat,
  fsetstat: changing.fsetstat,
  lsetstat: changing.lsetstat,
  fsync: changing.fsync,
  'copy-data': changing.copyData,
  malformed: async (_session, { id, reason }) =>
    encodeStatus(id, statusCodes.badMessage, `The request could not be read: ${reason}.`),
  unknown: async (_session, { id, what }) =>
    encodeStatus(id, statusCodes.unsupported, `This server does not know ${what}.`),
};

/** What runs beside others of its kind. All else runs alone, in its turn. */
const looks: ReadonlySet<Request['kind']> = new Set<Request['kind']>([
  'read',
  'stat',
  'lstat',
  'fstat',
  'readdir',
  'opendir',
  'readlink',
  'realpath',
  'expand-path',
  'home-directory',
  'statvfs',
  'fstatvfs',
  'limits',
  'users-groups-by-id',
  'malformed',
  'unknown',
]);
const writingFlags =
  openFlags.write | openFlags.append | openFlags.create | openFlags.truncate | openFlags.exclusive;

function changes(request: Request): boolean {
  if (request.kind === 'open') return (request.flags & writingFlags) !== 0;
  return !looks.has(request.kind);
}

/**
 * Serves one client, whose bytes come and go on two descriptors (pipes or sockets), until it has sent its last byte and
 * has every answer; then closes what it left open. Rejects with `Malformed` if what it sends is not SFTP.
 */
export async function serve(session: Session, inputFd: number, outputFd: number): Promise<void> {
  const inlet = new Inlet();
  const output = new net.Socket({ fd: outputFd, readable: false, writable: true, allowHalfOpen: true });
  const outlet = new Outlet(output, () => turns.go());
  const turns = new Turns<Request>({ changes, joins, run, mayStart: () => outlet.hasRoom });
  const tellRefused = refusalsOf(session);
  // Answers to READs of one file never overtake one another: stock scp cuts its file where one does.
  const reading = oneByOne<OpenFile>();
  let paused = false;
  let begun = false;

  function joins(batch: readonly Request[], next: Request): boolean {
    if (next.kind === 'read')
      return batch[0]?.kind === 'read' && readJoins(batch as readonly ReadRequest[], next);
    if (next.kind !== 'write' || batch[0]?.kind !== 'write') return false;
    return writeJoins(batch as readonly WriteRequest[], next) && !appends(next);
  }
  function appends(request: WriteRequest): boolean {
    try {
      return session.handles.file(request.handle).appends;
    } catch {
      return true;
    }
  }
  function readable(request: ReadRequest): OpenFile {
    const file = session.handles.file(request.handle);
    if (!file.reads) throw denied('This handle is not open for reading.');
    return file;
  }
  function writable(request: WriteRequest): OpenFile {
    const file = session.handles.file(request.handle);
    if (!file.writes) throw denied('This handle is not open for writing.');
    return file;
  }
  async function run(batch: readonly Request[]): Promise<void> {
    const first = batch[0] as Request;
    try {
      if (first.kind === 'read') {
        const file = readable(first);
        await reading(file, () => answerReads(file, batch as readonly ReadRequest[], outlet));
      } else if (first.kind === 'write')
        await answerWrites(writable(first), batch as readonly WriteRequest[], outlet);
      else outlet.send(await (operations[first.kind] as Operation<Single>)(session, first));
    } catch (error) {
      const refusal = toRefusal(error);
      tellRefused(first, refusal);
      for (const { id } of batch) outlet.send(encodeStatus(id, refusal.status, refusal.message));
    }
    for (const request of batch) if (request.kind === 'write') inlet.letGo(request.data);
    if (paused && hasRoom()) {
      paused = false;
      input.resume();
    }
  }
  function hasRoom(): boolean {
    return turns.waiting < waitingCap && inlet.hasRoom;
  }
  function accept(packet: Buffer): void {
    const request = decodeRequest(packet);
    if (!begun && request.kind !== 'init') throw new Malformed('the first request is not INIT');
    begun = true;
    if (request.kind === 'write') inlet.hold(request.data);
    turns.push(request);
  }

  let lost: (error: unknown) => void = () => {};
  const input = new net.Socket({
    fd: inputFd,
    readable: true,
    writable: false,
    allowHalfOpen: true,
    onread: {
      buffer: () => inlet.room(),
      callback: (length) => {
        try {
          inlet.filled(length, accept);
        } catch (error) {
          lost(error);
          return false;
        }
        turns.go();
        paused = !hasRoom();
        return !paused;
      },
    },
  });
  // From now on: where nobody takes the answers any more, there is nothing to wait for.
  const broken = new Promise<never>((_, reject) => {
    lost = reject;
    input.once('error', reject);
    output.once('error', reject);
  });
  const served = async (): Promise<void> => {
    await once(input, 'end');
    await turns.idle();
  };
  try {
    await Promise.race([served(), broken]);
  } finally {
    for (const handle of session.handles.all()) await close(session, { id: 0, handle }, true).catch(() => {});
  }
  await Promise.race([new Promise<void>((resolve) => output.end(resolve)), broken]);
}
