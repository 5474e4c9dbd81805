/** Reads standard input to its end, and says how long that took, from the first byte to the last, as JSON. */
import { readSync } from 'node:fs';

const buffer = Buffer.allocUnsafeSlow(256 * 1024);
let bytes = 0;
let began = 0;
for (;;) {
  let read = 0;
  try {
    read = readSync(0, buffer);
  } catch (error) {
    // Somebody else made the pipe one that does not wait.
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    continue;
  }
  if (read === 0) break;
  if (bytes === 0) began = performance.now();
  bytes += read;
}
console.log(JSON.stringify({ bytes, seconds: (performance.now() - began) / 1_000 }));
