/** A device that was taken over: it has its own key and its own OTP, pairs as it should, and then does what it likes. */
import { createServer as createHttp2Server } from 'node:http2';
import { createRequire } from 'node:module';
import type { Duplex } from 'node:stream';
import { type GrantId, makeStreamId, type Scope, type StreamId } from '@sallyport/protocol/grant';
import { ResumableStream } from '@sallyport/protocol/stream';
import { systemRandom } from '@sallyport/runtime/random';
import ssh2, { type Attributes, type FileEntry, type SFTPWrapper } from 'ssh2';
import { clock, fromRepresentative, type Line } from './line.ts';

const pair = ssh2.utils.generateKeyPairSync('ed25519');
export const hostKey = { private: pair.private, public: pair.public.trim() };

/** Answers `open`; whatever comes after it on this connection is the stream. */
export async function answerOpen(
  line: Line,
  grant: GrantId,
  scopes: Scope[] = ['terminal', 'files:write'],
): Promise<StreamId> {
  const said = await fromRepresentative(line);
  if (said.type !== 'open') throw new Error(`it said ${said.type}`);
  const stream = makeStreamId(systemRandom);
  line.channel.send({
    type: 'opened',
    grant,
    port: said.port,
    device: line.own.id,
    stream,
    scopes,
    leftMs: 3_600_000,
    hostKey: hostKey.public,
  });
  return stream;
}

/** The device's end of the stream that follows, on which nothing is served yet. */
export function beginStream(line: Line, id: StreamId): Duplex {
  const stream = new ResumableStream({ clock, id });
  stream.on('error', () => {});
  stream.attach(line.channel.release(), { generation: 0, peerReceived: 0 });
  return stream;
}

/** What a program asks for by itself, beside what its user does. This device has none of it, as an older one. */
const beside = new Set(['notices', 'receipt']);

/** Serves HTTP/2 on the stream, and every channel that a user wants by `serve`; `name` is what was asked for. */
export function serveChannels(stream: Duplex, serve: (channel: Duplex, name: string) => void): void {
  const server = createHttp2Server();
  server.on('stream', (channel, headers) => {
    channel.on('error', () => {});
    const name = String(headers[':authority']);
    if (beside.has(name)) {
      channel.respond({ ':status': 404 }, { endStream: true });
      return;
    }
    channel.respond({ ':status': 200 });
    serve(channel, name);
  });
  server.on('sessionError', () => {});
  server.emit('connection', stream);
}

/** An SSH server on a channel, with any host key, and a banner if it is given one. */
export function serveSsh(
  channel: Duplex,
  session: (session: ssh2.Session) => void,
  { key = hostKey.private, banner }: { readonly key?: string; readonly banner?: string } = {},
): void {
  const terms = { hostKeys: [key], ...(banner === undefined ? {} : { banner }) };
  const server = new ssh2.Server(terms, (client) => {
    client.on('error', () => {});
    client.on('authentication', (attempt) => attempt.accept());
    client.on('session', (accept) => session(accept()));
  });
  server.injectSocket(channel as never);
}

export type HostileFiles = {
  /** What it says the whole path is. */
  readonly realpath: (asked: string) => string;
  readonly stat: (path: string) => Attributes | undefined;
  /** The pages of a folder, one after the other; as many as there are. */
  readonly list?: (path: string) => Iterator<readonly FileEntry[]>;
  readonly read?: (offset: number, length: number) => Buffer | undefined;
};

const status = { ok: 0, eof: 1, noSuchFile: 2, failure: 4 } as const;
export const attributes = (mode: number, size = 0): Attributes => ({
  mode,
  uid: 0,
  gid: 0,
  size,
  atime: 0,
  mtime: 0,
});
export const entry = (filename: string, mode = 0o100_644): FileEntry => ({
  filename,
  longname: filename,
  attrs: attributes(mode, 4),
});

/** The part of ssh2 that speaks SFTP on any stream, when it is told that the stream is a channel of SSH. */
const { SFTP } = createRequire(import.meta.url)('ssh2/lib/protocol/SFTP.js') as {
  SFTP: new (client: object, channel: object, options: object) => SFTPWrapper & { push(data: Buffer): void };
};
const wide = { id: 0, window: Number.MAX_SAFE_INTEGER, packetSize: 32_768, state: 'open' } as const;

/** An SFTP server on a channel that names its files as it likes. */
export function serveFiles(channel: Duplex, files: HostileFiles): void {
  const channelData = (_id: number, data: Buffer): void => void (channel.destroyed || channel.write(data));
  const protocol = { channelData, channelEOF: () => channel.end(), channelClose: () => channel.end() };
  const terms = { type: 'sftp', incoming: { ...wide }, outgoing: { ...wide } };
  const sftp = new SFTP({ _protocol: protocol }, terms, { server: true });
  channel.on('data', (chunk: Buffer) => sftp.push(chunk));
  const pages = new Map<string, Iterator<readonly FileEntry[]>>();
  const told = (id: number, found: Attributes | undefined): void =>
    found ? sftp.attrs(id, found) : sftp.status(id, status.noSuchFile);
  sftp.on('REALPATH', (id, path) => sftp.name(id, [entry(files.realpath(path))]));
  sftp.on('STAT', (id, path) => told(id, files.stat(path)));
  sftp.on('LSTAT', (id, path) => told(id, files.stat(path)));
  sftp.on('OPENDIR', (id, path) => {
    pages.set(path, files.list?.(path) ?? [][Symbol.iterator]());
    sftp.handle(id, Buffer.from(path));
  });
  sftp.on('READDIR', (id, handle) => {
    const next = pages.get(String(handle))?.next();
    if (!next || next.done) sftp.status(id, status.eof);
    else sftp.name(id, [...next.value]);
  });
  sftp.on('OPEN', (id, path) => sftp.handle(id, Buffer.from(path)));
  sftp.on('FSTAT', (id, handle) => told(id, files.stat(String(handle))));
  sftp.on('READ', (id, _handle, offset, length) => {
    const data = files.read?.(offset, length);
    if (data) sftp.data(id, data);
    else sftp.status(id, status.eof);
  });
  sftp.on('CLOSE', (id) => sftp.status(id, status.ok));
}
