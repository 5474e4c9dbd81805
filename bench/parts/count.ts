import type { Readable } from 'node:stream';

/** What arrived, and how long it took from the first byte to the last. */
export type Counted = { readonly bytes: number; readonly seconds: number };
/** And when the first byte came, in milliseconds since 1970. */
export type Dated = Counted & { readonly beganMs: number };

/** Reads to the end. `already` was read before. */
export function countBytes(from: Readable, already: Uint8Array = new Uint8Array()): Promise<Dated> {
  let bytes = already.byteLength;
  let began = bytes > 0 ? performance.now() : 0;
  return new Promise((resolve, reject) => {
    from.on('data', (chunk: Buffer) => {
      if (bytes === 0) began = performance.now();
      bytes += chunk.length;
    });
    from.once('error', reject);
    from.once('end', () => {
      const seconds = (performance.now() - began) / 1_000;
      resolve({ bytes, seconds, beganMs: performance.timeOrigin + began });
    });
  });
}
