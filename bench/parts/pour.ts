import type { Writable } from 'node:stream';

const piece = Buffer.alloc(128 * 1024);

/** Writes so many bytes as fast as they are taken, then ends. */
export function pour(to: Writable, bytes: number): void {
  let left = bytes;
  const go = (): void => {
    while (left > 0) {
      const next = left < piece.length ? piece.subarray(0, left) : piece;
      left -= next.length;
      if (!to.write(next)) return void to.once('drain', go);
    }
    to.end();
  };
  go();
}
