import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import type { RemoteExit } from '../ssh/index.ts';
import type { Started } from '../terminal/index.ts';

export type CommandStreams = {
  readonly input: Readable;
  readonly output: Writable;
  readonly errors: Writable;
};

/**
 * Joins a command on the device to these streams, with back-pressure each way, until it ends and all that it wrote is
 * passed on.
 *
 * @returns undefined if the channel was cut before the command's exit was told
 */
export async function runCommand(
  { channel, exit }: Started,
  streams: CommandStreams,
): Promise<RemoteExit | undefined> {
  const { input, output, errors } = streams;
  input.on('error', () => channel.end());
  input.pipe(channel);
  channel.pipe(output, { end: false });
  channel.stderr.pipe(errors, { end: false });
  await once(channel, 'close');
  input.unpipe(channel);
  input.pause();
  return exit();
}
