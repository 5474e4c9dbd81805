import type { Duplex } from 'node:stream';

/** Settles when the stream is closed, in order or by a reset; reads and drops what still comes. */
export function closed(stream: Duplex): Promise<void> {
  return new Promise((resolve) => {
    stream.on('error', () => {});
    stream.on('close', () => resolve());
    stream.resume();
    if (stream.closed) resolve();
  });
}
