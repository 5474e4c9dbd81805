import type { Duplex, Readable, Writable } from 'node:stream';
import { finished } from 'node:stream';

/**
 * Carries bytes between a channel and two streams of this process, for `ssh`'s ProxyCommand: half-close passes both
 * ways; resolves when the device has ended its half and all of it is written.
 */
export function carry(channel: Duplex, input: Readable, output: Writable): Promise<void> {
  return new Promise((resolve) => {
    input.on('error', () => channel.end());
    input.pipe(channel);
    channel.pipe(output, { end: false });
    finished(channel, { writable: false }, () => {
      input.unpipe(channel);
      input.pause();
      output.write('', () => resolve());
    });
  });
}
