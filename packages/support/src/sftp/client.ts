import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { fail as protocolFail, SallyportError } from '@sallyport/protocol/errors';
import { answerTypes, openFlags, requestTypes, sftpVersion, statusCodes } from '@sallyport/protocol/sftp';
import { printable } from '@sallyport/protocol/text';
import { type Attributes, PacketReader, PacketWriter } from './fields.ts';
import { entriesPerAnswer, requestLimit } from './limits.ts';
import { PacketCutter } from './packets.ts';

/** What the device answered instead of doing what was asked. */
export class SftpRefusal extends Error {
  readonly status: number;
  /** The device's own words: foreign text. */
  readonly sentence: string;

  constructor(status: number, sentence: string) {
    super(`SFTP status ${status}`);
    this.status = status;
    this.sentence = sentence;
  }
}

export type Handle = Buffer & { readonly brand?: 'Handle' };
/** One entry of a folder; `name` is undefined if it is not UTF-8. */
export type NamedEntry = { readonly name: string | undefined; readonly attributes: Attributes };

type Answer = { readonly type: number; readonly fields: PacketReader };
type Waiting = { readonly resolve: (answer: Answer) => void; readonly reject: (error: unknown) => void };

/** An SFTP client, version 3, on a stream of its own. Any number of requests may be under way, up to `requestLimit`. */
export class SftpClient {
  readonly #stream: Duplex;
  readonly #cutter = new PacketCutter();
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 0;
  #lost: SallyportError | undefined;
  #extensions: ReadonlySet<string> = new Set();

  private constructor(stream: Duplex) {
    this.#stream = stream;
    stream.on('data', (chunk: Buffer) => this.#read(chunk));
    stream.on('error', () => {});
    stream.on('close', () => this.#end(protocolFail('session-closed', { leg: 'device' })));
  }

  /** @throws session-closed, message-malformed, version-unsupported */
  static async open(stream: Duplex): Promise<SftpClient> {
    const client = new SftpClient(stream);
    const { type, fields } = await client.#ask(-1, new PacketWriter().u8(requestTypes.init).u32(sftpVersion));
    if (type !== answerTypes.version) throw unexpected(type);
    const version = fields.u32();
    if (version !== 3)
      throw protocolFail('version-unsupported', { details: { theirs: version, ours: 3 }, leg: 'device' });
    const names = new Set<string>();
    while (!fields.isAtEnd && names.size < 100) {
      names.add(fields.text() ?? '');
      fields.bytes();
    }
    client.#extensions = names;
    return client;
  }

  stat(path: string): Promise<Attributes> {
    return this.#attributes(requestTypes.stat, (packet) => packet.text(path));
  }

  fstat(handle: Handle): Promise<Attributes> {
    return this.#attributes(requestTypes.fstat, (packet) => packet.bytes(handle));
  }

  async realpath(path: string): Promise<string> {
    const { type, fields } = await this.#request(requestTypes.realpath, (packet) => packet.text(path));
    if (type !== answerTypes.name || fields.u32() !== 1) throw unexpected(type);
    const real = fields.text();
    if (real === undefined)
      throw protocolFail('message-malformed', { details: { reason: 'a path not in UTF-8' } });
    return real;
  }

  openToRead(path: string): Promise<Handle> {
    return this.#handle(requestTypes.open, (packet) => packet.text(path).u32(openFlags.read).attributes({}));
  }

  /** Read and write; made if it is not there, with the permissions 0600. */
  openToWrite(path: string, { truncate }: { truncate: boolean }): Promise<Handle> {
    const flags = openFlags.read | openFlags.write | openFlags.create | (truncate ? openFlags.truncate : 0);
    return this.#handle(requestTypes.open, (packet) =>
      packet.text(path).u32(flags).attributes({ permissions: 0o600 }),
    );
  }

  /** Fewer bytes than asked for are no end; undefined is. */
  async read(handle: Handle, offset: number, length: number): Promise<Buffer | undefined> {
    try {
      const { type, fields } = await this.#request(requestTypes.read, (packet) =>
        packet.bytes(handle).u64(offset).u32(length),
      );
      if (type !== answerTypes.data) throw unexpected(type);
      const data = fields.bytes();
      if (data.length === 0 || data.length > length) throw unexpected(type);
      return data;
    } catch (error) {
      if (error instanceof SftpRefusal && error.status === statusCodes.eof) return undefined;
      throw error;
    }
  }

  write(handle: Handle, offset: number, data: Buffer): Promise<void> {
    return this.#do(requestTypes.write, (packet) => packet.bytes(handle).u64(offset).bytes(data));
  }

  setAttributes(handle: Handle, attributes: Attributes): Promise<void> {
    return this.#do(requestTypes.fsetstat, (packet) => packet.bytes(handle).attributes(attributes));
  }

  setPathAttributes(path: string, attributes: Attributes): Promise<void> {
    return this.#do(requestTypes.setstat, (packet) => packet.text(path).attributes(attributes));
  }

  close(handle: Handle): Promise<void> {
    return this.#do(requestTypes.close, (packet) => packet.bytes(handle));
  }

  makeFolder(path: string): Promise<void> {
    return this.#do(requestTypes.mkdir, (packet) => packet.text(path).attributes({ permissions: 0o700 }));
  }

  remove(path: string): Promise<void> {
    return this.#do(requestTypes.remove, (packet) => packet.text(path));
  }

  /** Puts `from` in the place of `to`, at once where the device can do that (`posix-rename@openssh.com`). */
  async replace(from: string, to: string): Promise<void> {
    if (this.#extensions.has('posix-rename@openssh.com')) {
      return this.#do(requestTypes.extended, (packet) =>
        packet.text('posix-rename@openssh.com').text(from).text(to),
      );
    }
    await this.remove(to).catch(() => {});
    return this.#do(requestTypes.rename, (packet) => packet.text(from).text(to));
  }

  openFolder(path: string): Promise<Handle> {
    return this.#handle(requestTypes.opendir, (packet) => packet.text(path));
  }

  /** The next entries of a folder; undefined when there are no more. @throws message-malformed for too many at once */
  async readFolder(handle: Handle): Promise<NamedEntry[] | undefined> {
    try {
      const { type, fields } = await this.#request(requestTypes.readdir, (packet) => packet.bytes(handle));
      if (type !== answerTypes.name) throw unexpected(type);
      const length = fields.u32();
      if (length > entriesPerAnswer) throw unexpected(type);
      return Array.from({ length }, () => {
        const name = fields.text();
        fields.bytes();
        return { name, attributes: fields.attributes() };
      });
    } catch (error) {
      if (error instanceof SftpRefusal && error.status === statusCodes.eof) return undefined;
      throw error;
    }
  }

  /** Says that nothing more comes; resolves when the device has closed its end, too. */
  async end(): Promise<void> {
    const closed = this.#stream.destroyed ? undefined : once(this.#stream, 'close');
    this.#stream.end();
    this.#end(protocolFail('session-closed'));
    await closed;
  }

  async #attributes(type: number, write: (packet: PacketWriter) => PacketWriter): Promise<Attributes> {
    const answer = await this.#request(type, write);
    if (answer.type !== answerTypes.attributes) throw unexpected(answer.type);
    return answer.fields.attributes();
  }

  async #handle(type: number, write: (packet: PacketWriter) => PacketWriter): Promise<Handle> {
    const answer = await this.#request(type, write);
    if (answer.type !== answerTypes.handle) throw unexpected(answer.type);
    const handle = answer.fields.bytes();
    if (handle.length > 256) throw unexpected(answer.type);
    return Buffer.from(handle);
  }

  async #do(type: number, write: (packet: PacketWriter) => PacketWriter): Promise<void> {
    const answer = await this.#request(type, write);
    if (answer.type !== answerTypes.status) throw unexpected(answer.type);
  }

  /** @throws SftpRefusal for every status but `ok` */
  async #request(type: number, write: (packet: PacketWriter) => PacketWriter): Promise<Answer> {
    this.#nextId = (this.#nextId + 1) % 2 ** 31;
    const id = this.#nextId;
    const answer = await this.#ask(id, write(new PacketWriter().u8(type).u32(id)));
    if (answer.type === answerTypes.status) {
      const status = answer.fields.u32();
      const sentence = answer.fields.isAtEnd ? '' : (answer.fields.text() ?? '');
      if (status !== statusCodes.ok) throw new SftpRefusal(status, printable(sentence));
    }
    return answer;
  }

  #ask(id: number, packet: PacketWriter): Promise<Answer> {
    if (this.#lost) return Promise.reject(this.#lost);
    if (this.#waiting.size >= requestLimit) return Promise.reject(protocolFail('internal'));
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      for (const piece of packet.packet()) this.#stream.write(piece);
    });
  }

  #read(chunk: Buffer): void {
    try {
      for (const packet of this.#cutter.take(chunk)) this.#answered(packet);
    } catch (error) {
      this.#end(error instanceof SallyportError ? error : protocolFail('internal', { cause: error }));
      this.#stream.destroy();
    }
  }

  #answered(packet: Buffer): void {
    const fields = new PacketReader(packet);
    const type = fields.u8();
    const id = type === answerTypes.version ? -1 : fields.u32();
    const waiting = this.#waiting.get(id);
    if (!waiting)
      throw protocolFail('message-malformed', {
        details: { reason: 'SFTP: an answer to nothing' },
        leg: 'device',
      });
    this.#waiting.delete(id);
    waiting.resolve({ type, fields });
  }

  #end(error: SallyportError): void {
    this.#lost ??= error;
    for (const { reject } of this.#waiting.values()) reject(this.#lost);
    this.#waiting.clear();
  }
}

const unexpected = (type: number): Error =>
  protocolFail('message-malformed', {
    details: { reason: `SFTP: an answer of the type ${type}` },
    leg: 'device',
  });
