import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import type { ClientChannel } from 'ssh2';
import type { RemoteExit } from '../ssh/index.ts';

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
  channel: ClientChannel,
  streams: CommandStreams,
): Promise<RemoteExit | undefined> {
  const { input, output, errors } = streams;
  let exit: RemoteExit | undefined;
  channel.on('exit', (code: number | null, signal?: string) => {
    exit = { code, signal };
  });
  channel.on('error', () => {});
  input.on('error', () => channel.end());
  input.pipe(channel);
  channel.pipe(output, { end: false });
  channel.stderr.pipe(errors, { end: false });
  await once(channel, 'close');
  input.unpipe(channel);
  input.pause();
  return exit;
}
