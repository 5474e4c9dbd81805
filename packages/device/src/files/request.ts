import { type Attributes, readAttributes } from './attributes.ts';
import type { BytePath } from './bytePath.ts';
import { FieldReader, Malformed } from './fields.ts';
import { dataCap, requestTypes } from './sftp.ts';

/** The name of an open file or folder, as this server gave it out: eight bytes, as latin1 text. */
export type HandleName = string;

/** A request of a client. `id` comes back in its answer. */
export type Request =
  | { readonly kind: 'init'; readonly id: 0; readonly version: number }
  | {
      readonly kind: 'open';
      readonly id: number;
      readonly path: BytePath;
      readonly flags: number;
      readonly attributes: Attributes;
    }
  | {
      readonly kind: 'close' | 'fstat' | 'readdir' | 'fstatvfs' | 'fsync';
      readonly id: number;
      readonly handle: HandleName;
    }
  | {
      readonly kind: 'read';
      readonly id: number;
      readonly handle: HandleName;
      readonly offset: number;
      readonly length: number;
    }
  | {
      readonly kind: 'write';
      readonly id: number;
      readonly handle: HandleName;
      readonly offset: number;
      readonly data: Buffer;
    }
  | {
      readonly kind: 'fsetstat';
      readonly id: number;
      readonly handle: HandleName;
      readonly attributes: Attributes;
    }
  | { readonly kind: PathKind; readonly id: number; readonly path: BytePath }
  | {
      readonly kind: 'setstat' | 'lsetstat' | 'mkdir';
      readonly id: number;
      readonly path: BytePath;
      readonly attributes: Attributes;
    }
  | {
      readonly kind: 'rename' | 'posix-rename' | 'hardlink';
      readonly id: number;
      readonly from: BytePath;
      readonly to: BytePath;
    }
  | { readonly kind: 'symlink'; readonly id: number; readonly target: BytePath; readonly path: BytePath }
  | { readonly kind: 'limits'; readonly id: number }
  | {
      readonly kind: 'copy-data';
      readonly id: number;
      readonly from: HandleName;
      readonly fromOffset: number;
      readonly length: number;
      readonly to: HandleName;
      readonly toOffset: number;
    }
  | { readonly kind: 'home-directory'; readonly id: number; readonly user: string }
  | {
      readonly kind: 'users-groups-by-id';
      readonly id: number;
      readonly uids: readonly number[];
      readonly gids: readonly number[];
    }
  /** A packet that could be told apart from the next, but not understood. */
  | { readonly kind: 'malformed'; readonly id: number; readonly reason: string }
  | { readonly kind: 'unknown'; readonly id: number; readonly what: string };

type PathKind =
  | 'lstat'
  | 'stat'
  | 'opendir'
  | 'remove'
  | 'rmdir'
  | 'realpath'
  | 'readlink'
  | 'statvfs'
  | 'expand-path';
type Of<R, K> = R extends { readonly kind: infer Kinds }
  ? K extends Kinds
    ? R & { readonly kind: K }
    : never
  : never;
/** The requests of this kind alone. */
export type RequestOf<K extends Request['kind']> = Of<Request, K>;

const handleCapBytes = 256;
const nameCapBytes = 256;

/**
 * Reads one packet, without its length field. Never throws: what is wrong comes back as `malformed` or `unknown`, with the id to answer.
 * ```
 *  0        1                 5
 *  u8 type | u32 id          | fields of the type        (INIT: u32 version instead of the id)
 * ```
 * Bytes after the last field are read over, as OpenSSH does. `data` of a write is a view into the packet.
 */
export function decodeRequest(packet: Buffer): Request {
  const type = packet[0] ?? 0;
  if (packet.length < 5)
    return { kind: 'malformed', id: 0, reason: 'the packet is shorter than any request' };
  const id = packet.readUInt32BE(1);
  if (type === requestTypes.init) return { kind: 'init', id: 0, version: id };
  try {
    return decodeFields(type, id, new FieldReader(packet, 5));
  } catch (error) {
    if (error instanceof Malformed) return { kind: 'malformed', id, reason: error.message };
    throw error;
  }
}

function decodeFields(type: number, id: number, fields: FieldReader): Request {
  switch (type) {
    case requestTypes.read:
      return {
        kind: 'read',
        id,
        handle: handle(fields),
        offset: fields.u64('the offset'),
        length: fields.u32('the length'),
      };
    case requestTypes.write:
      return {
        kind: 'write',
        id,
        handle: handle(fields),
        offset: fields.u64('the offset'),
        data: fields.bytes('the data', dataCap + 1024),
      };
    case requestTypes.open:
      return {
        kind: 'open',
        id,
        path: path(fields),
        flags: fields.u32('the flags'),
        attributes: readAttributes(fields),
      };
    case requestTypes.close:
      return { kind: 'close', id, handle: handle(fields) };
    case requestTypes.fstat:
      return { kind: 'fstat', id, handle: handle(fields) };
    case requestTypes.readdir:
      return { kind: 'readdir', id, handle: handle(fields) };
    case requestTypes.fsetstat:
      return { kind: 'fsetstat', id, handle: handle(fields), attributes: readAttributes(fields) };
    case requestTypes.setstat:
      return { kind: 'setstat', id, path: path(fields), attributes: readAttributes(fields) };
    case requestTypes.mkdir:
      return { kind: 'mkdir', id, path: path(fields), attributes: readAttributes(fields) };
    case requestTypes.lstat:
      return { kind: 'lstat', id, path: path(fields) };
    case requestTypes.stat:
      return { kind: 'stat', id, path: path(fields) };
    case requestTypes.opendir:
      return { kind: 'opendir', id, path: path(fields) };
    case requestTypes.remove:
      return { kind: 'remove', id, path: path(fields) };
    case requestTypes.rmdir:
      return { kind: 'rmdir', id, path: path(fields) };
    case requestTypes.realpath:
      return { kind: 'realpath', id, path: path(fields) };
    case requestTypes.readlink:
      return { kind: 'readlink', id, path: path(fields) };
    case requestTypes.rename:
      return { kind: 'rename', id, from: path(fields), to: path(fields) };
    case requestTypes.symlink:
      // OpenSSH sends the target first, against the draft, and every client has followed it.
      return { kind: 'symlink', id, target: fields.path('the target'), path: path(fields) };
    case requestTypes.extended:
      return decodeExtended(id, fields);
    default:
      return { kind: 'unknown', id, what: `the request of type ${type}` };
  }
}

function decodeExtended(id: number, fields: FieldReader): Request {
  const name = fields.bytes('the name of the extension', nameCapBytes).toString('latin1');
  switch (name) {
    case 'posix-rename@openssh.com':
      return { kind: 'posix-rename', id, from: path(fields), to: path(fields) };
    case 'hardlink@openssh.com':
      return { kind: 'hardlink', id, from: path(fields), to: path(fields) };
    case 'statvfs@openssh.com':
      return { kind: 'statvfs', id, path: path(fields) };
    case 'fstatvfs@openssh.com':
      return { kind: 'fstatvfs', id, handle: handle(fields) };
    case 'fsync@openssh.com':
      return { kind: 'fsync', id, handle: handle(fields) };
    case 'lsetstat@openssh.com':
      return { kind: 'lsetstat', id, path: path(fields), attributes: readAttributes(fields) };
    case 'limits@openssh.com':
      return { kind: 'limits', id };
    case 'expand-path@openssh.com':
      return { kind: 'expand-path', id, path: path(fields) };
    case 'copy-data':
      return {
        kind: 'copy-data',
        id,
        from: handle(fields),
        fromOffset: fields.u64('the offset'),
        length: fields.u64('the length'),
        to: handle(fields),
        toOffset: fields.u64('the offset'),
      };
    case 'home-directory':
      return {
        kind: 'home-directory',
        id,
        user: fields.bytes('the name of the user', nameCapBytes).toString('utf8'),
      };
    case 'users-groups-by-id@openssh.com':
      return { kind: 'users-groups-by-id', id, uids: numbers(fields), gids: numbers(fields) };
    default:
      return { kind: 'unknown', id, what: 'the extension' };
  }
}

function handle(fields: FieldReader): HandleName {
  return fields.bytes('the handle', handleCapBytes).toString('latin1');
}

function path(fields: FieldReader): BytePath {
  return fields.path('the path');
}

/** Users or groups asked for at once: as many as a folder's answer has entries, and some more. */
const idsCap = 1024;

function numbers(fields: FieldReader): number[] {
  const bytes = fields.bytes('the list of numbers', idsCap * 4);
  if (bytes.length % 4 !== 0) throw new Malformed('the list of numbers ends in the middle of one');
  return Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readUInt32BE(index * 4));
}
