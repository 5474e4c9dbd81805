/** A client of SFTP for tests: it sends exactly what it is told to, also what no real client would. */
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { type Attributes, readAttributes, writeAttributes } from './attributes.ts';
import { type BytePath, fromText, toText } from './bytePath.ts';
import { FieldReader, FieldWriter } from './fields.ts';
import type { HandleName, Request } from './request.ts';
import { answerTypes, type ExtensionName, openFlags, requestTypes, statusCodes } from './sftp.ts';

export type Answer =
  | {
      readonly kind: 'version';
      readonly version: number;
      readonly extensions: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'status'; readonly id: number; readonly code: number; readonly sentence: string }
  | { readonly kind: 'handle'; readonly id: number; readonly handle: HandleName }
  | { readonly kind: 'data'; readonly id: number; readonly data: Buffer }
  | { readonly kind: 'name'; readonly id: number; readonly entries: readonly Named[] }
  | { readonly kind: 'attributes'; readonly id: number; readonly attributes: Attributes }
  | { readonly kind: 'extended'; readonly id: number; readonly body: Buffer };
export type Named = { readonly name: BytePath; readonly long: string; readonly attributes: Attributes };

const extensionNames: Partial<Record<Request['kind'], ExtensionName>> = {
  'posix-rename': 'posix-rename@openssh.com',
  hardlink: 'hardlink@openssh.com',
  statvfs: 'statvfs@openssh.com',
  fstatvfs: 'fstatvfs@openssh.com',
  fsync: 'fsync@openssh.com',
  lsetstat: 'lsetstat@openssh.com',
  limits: 'limits@openssh.com',
  'expand-path': 'expand-path@openssh.com',
  'copy-data': 'copy-data',
  'home-directory': 'home-directory',
  'users-groups-by-id': 'users-groups-by-id@openssh.com',
};

/** The packet of a request, with its length field: the other half of `decodeRequest`. */
export function encodeRequest(request: Request): Buffer {
  const { kind, id } = request;
  const fields = new FieldWriter().u32(0);
  const handle = (name: HandleName): FieldWriter => fields.bytes(Buffer.from(name, 'latin1'));
  if (kind === 'init') return fields.u8(requestTypes.init).u32(request.version).packet();
  const extension = extensionNames[kind];
  if (extension !== undefined) fields.u8(requestTypes.extended).u32(id).text(extension);
  else fields.u8(requestTypes[kind as keyof typeof requestTypes]).u32(id);
  switch (kind) {
    case 'open':
      writeAttributes(fields.path(request.path).u32(request.flags), request.attributes);
      break;
    case 'read':
      handle(request.handle).u64(request.offset).u32(request.length);
      break;
    case 'write':
      handle(request.handle).u64(request.offset).bytes(request.data);
      break;
    case 'close':
    case 'fstat':
    case 'readdir':
    case 'fstatvfs':
    case 'fsync':
      handle(request.handle);
      break;
    case 'fsetstat':
      writeAttributes(handle(request.handle), request.attributes);
      break;
    case 'setstat':
    case 'lsetstat':
    case 'mkdir':
      writeAttributes(fields.path(request.path), request.attributes);
      break;
    case 'rename':
    case 'posix-rename':
    case 'hardlink':
      fields.path(request.from).path(request.to);
      break;
    case 'symlink':
      fields.path(request.target).path(request.path);
      break;
    case 'copy-data':
      handle(request.from).u64(request.fromOffset).u64(request.length);
      handle(request.to).u64(request.toOffset);
      break;
    case 'home-directory':
      fields.text(request.user);
      break;
    case 'users-groups-by-id':
      for (const ids of [request.uids, request.gids]) {
        fields.u32(ids.length * 4);
        for (const each of ids) fields.u32(each);
      }
      break;
    case 'limits':
      break;
    case 'malformed':
    case 'unknown':
      throw new Error('Write these bytes by hand.');
    default:
      fields.path(request.path);
  }
  return fields.packet();
}

/** Reads an answer, without its length field. */
export function decodeAnswer(packet: Buffer): Answer {
  const id = packet.readUInt32BE(1);
  const fields = new FieldReader(packet, 5);
  const cap = packet.length;
  switch (packet[0]) {
    case answerTypes.version: {
      const extensions: Record<string, string> = {};
      while (fields.left > 0)
        extensions[fields.bytes('a name', cap).toString()] = fields.bytes('a version', cap).toString();
      return { kind: 'version', version: id, extensions };
    }
    case answerTypes.status:
      return {
        kind: 'status',
        id,
        code: fields.u32('the code'),
        sentence: fields.bytes('it', cap).toString(),
      };
    case answerTypes.handle:
      return { kind: 'handle', id, handle: fields.bytes('the handle', cap).toString('latin1') };
    case answerTypes.data:
      return { kind: 'data', id, data: Buffer.from(fields.bytes('the data', cap)) };
    case answerTypes.name: {
      const entries = Array.from({ length: fields.u32('the count') }, () => ({
        name: fields.path('the name'),
        long: toText(fields.path('the line')),
        attributes: readAttributes(fields),
      }));
      return { kind: 'name', id, entries };
    }
    case answerTypes.attributes:
      return { kind: 'attributes', id, attributes: readAttributes(fields) };
    case answerTypes.extended:
      return { kind: 'extended', id, body: Buffer.from(packet.subarray(5)) };
    default:
      throw new Error(`an answer of type ${packet[0]}`);
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
/** A request without its id, which the client gives. */
export type Asked = DistributiveOmit<Request, 'id'>;

export type Client = {
  /** Sends a request; its answer. Rejects when the stream ends before. */
  ask(request: Asked): Promise<Answer>;
  /** Sends these bytes as they are. */
  raw(bytes: Buffer): void;
  /** The handle of a file or folder that is opened. Throws the sentence of a refusal. */
  open(path: string, flags?: number): Promise<HandleName>;
  openFolder(path: string): Promise<HandleName>;
  /** The content of a whole file. */
  content(path: string): Promise<Buffer>;
  /** Asks for what should only be done, and says the code of the answer's status. */
  code(request: Asked): Promise<number>;
  /** Says that no more will come. */
  end(): Promise<void>;
};

/** @param stream what `startFilesWorker` gives */
export async function connect(stream: Duplex): Promise<Client> {
  const waiting = new Map<number, { resolve: (answer: Answer) => void; reject: (error: Error) => void }>();
  let version: (answer: Answer) => void = () => {};
  let lastId = 0;
  let chunks: Buffer[] = [];
  let bytes = 0;
  let needed = 4;

  stream.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes < needed) return;
    let rest: Buffer = chunks.length === 1 ? chunk : Buffer.concat(chunks);
    while (rest.length >= 4 && rest.length >= 4 + rest.readUInt32BE(0)) {
      const end = 4 + rest.readUInt32BE(0);
      const answer = decodeAnswer(rest.subarray(4, end));
      rest = rest.subarray(end);
      if (answer.kind === 'version') version(answer);
      else {
        waiting.get(answer.id)?.resolve(answer);
        waiting.delete(answer.id);
      }
    }
    chunks = [rest];
    bytes = rest.length;
    needed = rest.length < 4 ? 4 : 4 + rest.readUInt32BE(0);
  });
  stream.on('close', () => {
    for (const { reject } of waiting.values()) reject(new Error('The worker is gone.'));
  });
  const greeted = new Promise<Answer>((resolve, reject) => {
    version = resolve;
    stream.once('close', () => reject(new Error('The worker is gone.')));
  });
  stream.write(encodeRequest({ kind: 'init', id: 0, version: 3 }));
  await greeted;

  const ask = (request: Asked): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const id = ++lastId;
      waiting.set(id, { resolve, reject });
      stream.write(encodeRequest({ ...request, id } as Request));
    });
  const opened = async (request: Asked): Promise<HandleName> => {
    const answer = await ask(request);
    if (answer.kind === 'handle') return answer.handle;
    throw new Error(answer.kind === 'status' ? answer.sentence : answer.kind);
  };
  const open = (path: string, flags: number = openFlags.read): Promise<HandleName> =>
    opened({ kind: 'open', path: fromText(path), flags, attributes: {} });
  return {
    ask,
    open,
    raw(bytes) {
      stream.write(bytes);
    },
    openFolder: (path) => opened({ kind: 'opendir', path: fromText(path) }),
    async content(path) {
      const handle = await open(path);
      const pieces: Buffer[] = [];
      for (let offset = 0; ; ) {
        const answer = await ask({ kind: 'read', handle, offset, length: 32768 });
        if (answer.kind !== 'data') break;
        pieces.push(answer.data);
        offset += answer.data.length;
      }
      await ask({ kind: 'close', handle });
      return Buffer.concat(pieces);
    },
    async code(request) {
      const answer = await ask(request);
      return answer.kind === 'status' ? answer.code : statusCodes.ok;
    },
    async end() {
      stream.end();
      if (!stream.closed) await once(stream, 'close');
    },
  };
}
