/** Bytes in one read or write. */
export const pieceBytes = 128 * 1024;

export type PumpOptions = {
  /** Fewer bytes than asked for are no end; undefined is. */
  readonly read: (offset: number, length: number) => Promise<Buffer | undefined>;
  readonly write: (offset: number, data: Buffer) => Promise<void>;
  readonly from: number;
  readonly to: number;
  readonly readsAtOnce: number;
  readonly writesAtOnce: number;
  readonly onBytes?: (bytes: number) => void;
};

/**
 * Copies the bytes `from` up to `to` with many reads and writes under way at once; writes begin in order. What waits is
 * at most `readsAtOnce + writesAtOnce` pieces.
 *
 * @returns how far it came: less than `to` if the source ended early
 */
export async function pump(options: PumpOptions): Promise<number> {
  const { from, to, onBytes } = options;
  const reads: { length: number; piece: Promise<Buffer | undefined> }[] = [];
  const writes: Promise<void>[] = [];
  let asked = from;
  let written = from;
  let ended = false;
  try {
    while (!ended && written < to) {
      while (asked < to && reads.length < options.readsAtOnce) {
        const length = Math.min(pieceBytes, to - asked);
        reads.push({ length, piece: held(readWhole(options.read, asked, length)) });
        asked += length;
      }
      const next = reads.shift();
      const piece = await next?.piece;
      ended = piece === undefined || piece.length !== next?.length;
      if (!piece) break;
      if (writes.length >= options.writesAtOnce) await writes.shift();
      writes.push(held(options.write(written, piece)));
      written += piece.length;
      onBytes?.(piece.length);
    }
    await Promise.all(writes);
    return written;
  } finally {
    await Promise.allSettled([...reads.map(({ piece }) => piece), ...writes]);
  }
}

/** A failure of what is not awaited yet is told when it is. */
function held<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

/** All of a piece, however few bytes each answer brings; less only at the end of the source. */
async function readWhole(
  read: PumpOptions['read'],
  offset: number,
  length: number,
): Promise<Buffer | undefined> {
  const parts: Buffer[] = [];
  let bytes = 0;
  while (bytes < length) {
    const part = await read(offset + bytes, length - bytes);
    if (!part) break;
    parts.push(part);
    bytes += part.length;
  }
  return parts.length > 1 ? Buffer.concat(parts) : parts[0];
}
