import { printable } from '@sallyport/protocol/text';
import { fail } from '../errors/index.ts';
import { partName } from './names.ts';
import type { PartNotes, PartSource } from './partial.ts';
import { pieceBytes, pump } from './pump.ts';
import type { OpenFile, Status, Store } from './store.ts';

/** What is compared before a part is continued: so much at its beginning and at its end. */
const sampleBytes = 64 * 1024;

export type FileCopy = {
  readonly from: Store;
  readonly to: Store;
  /** Absolute. */
  readonly source: string;
  readonly target: string;
  readonly device: string;
  readonly notes: PartNotes;
  /** Told of every piece; the bytes of a part that is continued are `skipped`. */
  readonly onBytes?: (bytes: number, skipped: boolean) => void;
};

/**
 * Copies one file. What has arrived lies beside the target as `.NAME.sallyport-part`, and takes its place when it is
 * whole. A part that an earlier call left is continued if it is of the same source (path, size and time of change), and
 * if its beginning and end are the source's bytes; else the copy begins anew.
 *
 * @throws source-changed; file-not-found, file-denied, disk-full, file-other-kind, file-failed
 */
export async function copyFile(copy: FileCopy): Promise<void> {
  const { from, to, source, target, notes } = copy;
  const input = await from.openToRead(source);
  try {
    const status = await input.status();
    const { folder, name } = to.split(target);
    const part = to.join(folder, partName(name));
    const direction = from.side === 'device' ? 'from-device' : 'to-device';
    const origin: PartSource = { device: copy.device, direction, source, target, ...status };
    const mayContinue = notes.isOf(origin);
    if (!mayContinue && status.size > pieceBytes) notes.keep(origin);
    const output = await to.openToWrite(part, { truncate: !mayContinue });
    try {
      await copyBytes(copy, input, output, status, mayContinue);
      await output.setStatus(status);
    } finally {
      await output.close();
    }
    await to.replace(part, target);
    notes.forget(origin);
  } finally {
    await input.close().catch(() => {});
  }
}

async function copyBytes(
  { from, to, source, onBytes }: FileCopy,
  input: OpenFile,
  output: OpenFile,
  status: Status,
  mayContinue: boolean,
): Promise<void> {
  const start = mayContinue ? await whereToContinue(input, output, status.size, to.writesAtOnce) : 0;
  if (mayContinue) await output.truncate(start);
  if (start > 0) onBytes?.(start, true);
  const end = await pump({
    read: (offset, length) => input.read(offset, length),
    write: (offset, data) => output.write(offset, data),
    from: start,
    to: status.size,
    readsAtOnce: from.readsAtOnce,
    writesAtOnce: to.writesAtOnce,
    onBytes: (bytes) => onBytes?.(bytes, false),
  });
  const after = await input.status();
  if (end !== status.size || after.size !== status.size || after.modified !== status.modified) {
    throw fail('source-changed', { details: { path: printable(source) }, leg: from.side });
  }
}

/**
 * The offset at which a part goes on; 0 if it is not the beginning of the source. Where several writes were under way
 * at once, the last of them may have arrived without those before: their length is taken off.
 */
async function whereToContinue(
  input: OpenFile,
  output: OpenFile,
  size: number,
  writesAtOnce: number,
): Promise<number> {
  const there = (await output.status()).size;
  const holes = writesAtOnce > 1 ? (writesAtOnce + 1) * pieceBytes : 0;
  const offset = Math.min(there, size) - holes;
  if (offset <= 0) return 0;
  const length = Math.min(sampleBytes, offset);
  for (const at of new Set([0, offset - length])) {
    const [wanted, found] = await Promise.all([readAll(input, at, length), readAll(output, at, length)]);
    if (!wanted.equals(found)) return 0;
  }
  return offset;
}

async function readAll(file: OpenFile, offset: number, length: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let bytes = 0;
  while (bytes < length) {
    const part = await file.read(offset + bytes, length - bytes);
    if (!part) break;
    parts.push(part);
    bytes += part.length;
  }
  return Buffer.concat(parts);
}
