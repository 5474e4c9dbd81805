import type { Readable, Writable } from 'node:stream';
import { encodeStatus, encodeVersion } from './answer.ts';
import * as changing from './changing.ts';
import { Malformed } from './fields.ts';
import { FrameSplitter } from './frames.ts';
import * as looking from './looking.ts';
import { close, openFile, openFolder } from './opening.ts';
import { Outlet } from './outlet.ts';
import { denied, toRefusal } from './refusal.ts';
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

/** Requests, and bytes of WRITE among them, that may wait before the client is not read further. */
const waitingCap = 512;
const waitingBytesCap = 4 * 1024 * 1024;

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
 * Serves one client until it has sent its last byte and has every answer, then closes what it left open.
 * Rejects with `Malformed` if what it sends is not SFTP.
 */
export async function serve(session: Session, input: Readable, output: Writable): Promise<void> {
  let waitingBytes = 0;
  let begun = false;
  const outlet = new Outlet(output, () => turns.go());

  const turns = new Turns<Request>({
    changes,
    joins,
    run,
    mayStart: () => outlet.hasRoom,
  });

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
  async function run(batch: readonly Request[]): Promise<void> {
    const first = batch[0] as Request;
    try {
      if (first.kind === 'read') await answerReads(readable(first), batch as readonly ReadRequest[], outlet);
      else if (first.kind === 'write')
        await answerWrites(writable(first), batch as readonly WriteRequest[], outlet);
      else outlet.send(await (operations[first.kind] as Operation<Single>)(session, first));
    } catch (error) {
      const { status, message } = toRefusal(error);
      for (const { id } of batch) outlet.send(encodeStatus(id, status, message));
    }
    for (const request of batch) if (request.kind === 'write') waitingBytes -= request.data.length;
    if (input.isPaused() && hasRoom()) input.resume();
  }
  function readable(request: ReadRequest): ReturnType<typeof session.handles.file> {
    const file = session.handles.file(request.handle);
    if (!file.reads) throw denied('This handle is not open for reading.');
    return file;
  }
  function writable(request: WriteRequest): ReturnType<typeof session.handles.file> {
    const file = session.handles.file(request.handle);
    if (!file.writes) throw denied('This handle is not open for writing.');
    return file;
  }
  function hasRoom(): boolean {
    return turns.waiting < waitingCap && waitingBytes < waitingBytesCap;
  }
  function accept(request: Request): void {
    if (!begun && request.kind !== 'init') throw new Malformed('the first request is not INIT');
    begun = true;
    if (request.kind === 'write') waitingBytes += request.data.length;
    turns.push(request);
  }

  const splitter = new FrameSplitter();
  await new Promise<void>((resolve, reject) => {
    input.on('data', (chunk: Buffer) => {
      try {
        splitter.push(chunk, (packet) => accept(decodeRequest(packet)));
      } catch (error) {
        reject(error);
        return;
      }
      turns.go();
      if (!hasRoom()) input.pause();
    });
    input.once('end', resolve);
    input.once('error', reject);
    output.once('error', reject);
  });
  await turns.idle();
  for (const handle of session.handles.all()) await close(session, { id: 0, handle }).catch(() => {});
}
