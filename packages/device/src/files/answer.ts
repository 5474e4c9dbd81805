import { type Attributes, writeAttributes } from './attributes.ts';
import type { BytePath } from './bytePath.ts';
import { FieldWriter } from './fields.ts';
import type { HandleName } from './request.ts';
import { answerTypes, type StatusCode, sftpVersion, statusCodes } from './sftp.ts';

/** One line of an answer NAME: `long` is the line of `ls -l` that clients show as it is. */
export type Entry = { readonly name: BytePath; readonly long: BytePath; readonly attributes: Attributes };

/*
 * Every packet:  u32 length of what follows | u8 type | u32 id | fields
 */
function begin(type: number, id: number, size?: number): FieldWriter {
  return new FieldWriter(size).u32(0).u8(type).u32(id);
}

/** VERSION: `u32 3`, then pairs of an extension's name and its version. */
export function encodeVersion(extensions: Readonly<Record<string, string>>): Buffer {
  const fields = begin(answerTypes.version, sftpVersion);
  for (const [name, version] of Object.entries(extensions)) fields.text(name).text(version);
  return fields.packet();
}

/** STATUS: `u32 code | string sentence | string language`. */
export function encodeStatus(id: number, code: StatusCode, sentence: string): Buffer {
  return begin(answerTypes.status, id).u32(code).text(sentence).text('en').packet();
}

/** The answer of a request that only had to be done. */
export function encodeDone(id: number): Buffer {
  return encodeStatus(id, statusCodes.ok, 'Done.');
}

/** HANDLE: `string handle`. */
export function encodeHandle(id: number, handle: HandleName): Buffer {
  return begin(answerTypes.handle, id).bytes(Buffer.from(handle, 'latin1')).packet();
}

/** NAME: `u32 count`, then for each: `string name | string line of ls -l | attributes`. */
export function encodeNames(id: number, entries: readonly Entry[]): Buffer {
  const fields = begin(answerTypes.name, id, 64 + entries.length * 160).u32(entries.length);
  for (const { name, long, attributes } of entries) {
    fields.path(name).path(long);
    writeAttributes(fields, attributes);
  }
  return fields.packet();
}

/** NAME with one entry that is a path and nothing else: REALPATH, READLINK and their like. */
export function encodePath(id: number, path: BytePath): Buffer {
  return encodeNames(id, [{ name: path, long: path, attributes: {} }]);
}

/** ATTRS. */
export function encodeAttributes(id: number, attributes: Attributes): Buffer {
  const fields = begin(answerTypes.attributes, id);
  writeAttributes(fields, attributes);
  return fields.packet();
}

/** EXTENDED_REPLY: what `write` puts there. */
export function encodeExtended(id: number, write: (fields: FieldWriter) => void): Buffer {
  const fields = begin(answerTypes.extended, id);
  write(fields);
  return fields.packet();
}

/** Bytes before the data of a DATA packet: `u32 length | u8 type | u32 id | u32 length of the data`. */
export const dataHeaderBytes = 13;

/** Writes the header of a DATA packet into `target`, whose data was read to its place already: no copy. */
export function writeDataHeader(target: Buffer, at: number, id: number, length: number): void {
  target.writeUInt32BE(9 + length, at);
  target[at + 4] = answerTypes.data;
  target.writeUInt32BE(id, at + 5);
  target.writeUInt32BE(length, at + 9);
}
