import fs from 'node:fs';
import { dataHeaderBytes, encodeDone, encodeStatus, writeDataHeader } from './answer.ts';
import type { OpenFile } from './handles.ts';
import { batchBytes, type Outlet } from './outlet.ts';
import { failed, toRefusal } from './refusal.ts';
import type { RequestOf } from './request.ts';
import { dataCap, statusCodes } from './sftp.ts';

export type ReadRequest = RequestOf<'read'>;
export type WriteRequest = RequestOf<'write'>;

/** Requests done by one call of the kernel (Linux takes 1,024 pieces). */
const batchCap = 64;

/** What a READ gets at most. More was asked for: a short answer is right, clients ask again (draft, section 6.4). */
export function readLength(request: ReadRequest): number {
  return Math.min(request.length, dataCap);
}

/** Whether `next` goes on in the file where the batch ends, and still fits in one buffer. */
export function readJoins(batch: readonly ReadRequest[], next: ReadRequest): boolean {
  const last = batch.at(-1);
  if (last === undefined || batch.length >= batchCap) return false;
  if (next.handle !== last.handle || next.offset !== last.offset + last.length) return false;
  if (last.length > dataCap || last.length === 0 || next.length === 0) return false;
  const bytes = batch.reduce((sum, read) => sum + dataHeaderBytes + readLength(read), 0);
  return bytes + dataHeaderBytes + readLength(next) <= batchBytes;
}

export function writeJoins(batch: readonly WriteRequest[], next: WriteRequest): boolean {
  const last = batch.at(-1);
  if (last === undefined || batch.length >= batchCap) return false;
  return next.handle === last.handle && next.offset === last.offset + last.data.length;
}

/**
 * Answers READs that follow one another in a file: one call of the kernel reads them all, each to its place behind its
 * header in the packets that are sent. A file may give less than it has (those of the kernel do): what got nothing is
 * read again, until nothing comes.
 */
export async function answerReads(
  file: OpenFile,
  batch: readonly ReadRequest[],
  outlet: Outlet,
): Promise<void> {
  let rest = batch;
  try {
    while (rest.length > 0) {
      const answered = await answerSome(file, rest, outlet);
      if (answered === 0) break;
      rest = rest.slice(answered);
    }
    for (const { id } of rest) outlet.send(encodeStatus(id, statusCodes.eof, 'This is the end of the file.'));
  } catch (error) {
    file.failed = true;
    const { status, message } = toRefusal(error);
    for (const { id } of rest) outlet.send(encodeStatus(id, status, message));
  }
}

/** Answers the first ones of the batch, as far as one call fills them; how many. */
async function answerSome(file: OpenFile, batch: readonly ReadRequest[], outlet: Outlet): Promise<number> {
  const buffer = await outlet.take();
  const pieces: Buffer[] = [];
  let room = 0;
  for (const read of batch) {
    const start = room + dataHeaderBytes;
    room = start + readLength(read);
    pieces.push(buffer.subarray(start, room));
  }
  let left = await readPieces(file.fd, pieces, batch[0]?.offset ?? 0).catch((error: unknown) => {
    outlet.giveBack(buffer);
    throw error;
  });
  file.bytesRead += left;
  if (!file.writes) passPieces(file, pieces, batch[0]?.offset ?? 0, left);
  let answered = 0;
  let start = 0;
  let end = 0;
  for (const read of batch) {
    const length = Math.min(readLength(read), left);
    if (length === 0 && read.length > 0) break;
    left -= length;
    writeDataHeader(buffer, start, read.id, length);
    end = start + dataHeaderBytes + length;
    start += dataHeaderBytes + readLength(read);
    answered++;
  }
  if (answered > 0) outlet.sendAndGiveBack(buffer.subarray(0, end), buffer);
  else outlet.giveBack(buffer);
  return answered;
}

/** The first `bytes` of what was read into these pieces, one after the other. */
function passPieces(file: OpenFile, pieces: readonly Buffer[], offset: number, bytes: number): void {
  let at = 0;
  for (const piece of pieces) {
    const length = Math.min(piece.length, bytes - at);
    if (length <= 0) return;
    file.digest.pass(offset + at, length === piece.length ? piece : piece.subarray(0, length));
    at += length;
  }
}

function readPieces(fd: number, pieces: Buffer[], offset: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const done = (error: NodeJS.ErrnoException | null, bytes: number): void =>
      error ? reject(error) : resolve(bytes);
    if (pieces.length === 1) fs.read(fd, pieces[0] as Buffer, { position: offset }, done);
    else fs.readv(fd, pieces, offset, done);
  });
}

/** Answers WRITEs that follow one another in a file. Where the disk takes only a part, they are done again one by one, so that each gets its own answer. */
export async function answerWrites(
  file: OpenFile,
  batch: readonly WriteRequest[],
  outlet: Outlet,
): Promise<void> {
  if (batch.length > 1) {
    const bytes = batch.reduce((sum, { data }) => sum + data.length, 0);
    const written = await writePieces(
      file.fd,
      batch.map(({ data }) => data),
      batch[0]?.offset ?? 0,
    ).catch(() => -1);
    if (written === bytes) {
      file.bytesWritten += bytes;
      for (const { offset, data } of batch) file.digest.pass(offset, data);
      for (const { id } of batch) outlet.send(encodeDone(id));
      return;
    }
  }
  for (const { id, offset, data } of batch) {
    try {
      await writeAll(file, data, offset);
      outlet.send(encodeDone(id));
    } catch (error) {
      file.failed = true;
      const { status, message } = toRefusal(error);
      outlet.send(encodeStatus(id, status, message));
    }
  }
}

function writePieces(fd: number, pieces: Buffer[], offset: number): Promise<number> {
  return new Promise((resolve, reject) => {
    fs.writev(fd, pieces, offset, (error, bytes) => (error ? reject(error) : resolve(bytes)));
  });
}

/** Writes all of it, or throws. A full disk takes a part first, and says ENOSPC at the rest. */
export async function writeAll(file: OpenFile, data: Buffer, offset: number): Promise<void> {
  for (let done = 0; done < data.length; ) {
    const written = await writePieces(file.fd, [data.subarray(done)], offset + done);
    if (written === 0) throw failed('The file takes no more bytes.');
    // What is appended goes to wherever the end is by then.
    if (file.appends) file.digest.spoil();
    file.digest.pass(offset + done, data.subarray(done, done + written));
    file.bytesWritten += written;
    done += written;
  }
}
