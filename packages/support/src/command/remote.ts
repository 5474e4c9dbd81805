import type { Readable, Writable } from 'node:stream';
import {
  type CommandExit,
  CommandFrameReader,
  commandBytes,
  commandExitSchema,
  encodeCommandStart,
} from '@sallyport/protocol/channels';
import { fail, SallyportError } from '@sallyport/protocol/errors';
import type { Session } from '../session/index.ts';
import type { RemoteExit } from '../ssh/index.ts';
import type { CommandStreams } from './run.ts';

/**
 * Runs a line on the device over the channel `command`, joined to these streams with back-pressure each way, until it has
 * ended and all that it wrote is passed on. The line goes out with the request for the channel: one round trip in all.
 *
 * @returns undefined if the channel was cut before the command's exit was told
 * @throws scope-refused, channels-used-up, message-malformed, …, with the leg `device`; session-closed
 */
export async function runRemote(
  session: Pick<Session, 'openChannel'>,
  start: { readonly line: string; readonly environment: Readonly<Record<string, string>> },
  { input, output, errors }: CommandStreams,
): Promise<RemoteExit | undefined> {
  const channel = await session.openChannel('command', encodeCommandStart(start));
  const targets: { readonly [type: string]: Writable } = { output, errors };
  let exit: CommandExit | undefined;
  const reader = new CommandFrameReader(['output', 'errors', 'exit'], {
    onBytes: (type, piece) => {
      if (targets[type]?.write(piece) === false) channel.pause();
    },
    onJson: (_, content) => {
      const told = commandExitSchema.safeParse(content);
      if (!told.success) throw fail('message-malformed', { details: { reason: 'no exit of a command' } });
      exit = told.data;
    },
  });
  const goOn = (): void => {
    if (!output.writableNeedDrain && !errors.writableNeedDrain) channel.resume();
  };
  const left = [onEvent(output, 'drain', goOn), onEvent(errors, 'drain', goOn), send(input, channel)];
  try {
    return await new Promise<RemoteExit | undefined>((resolve, reject) => {
      channel.on('data', (chunk: Buffer) => {
        try {
          reader.read(chunk);
        } catch (error) {
          reject(error instanceof SallyportError ? error.at('device') : error);
          channel.destroy();
        }
      });
      const over = (): void => resolve(exit && remoteExit(exit));
      // The end of the device's half is enough: the input may go on for ever.
      channel.once('end', over);
      channel.once('close', over);
      // The device may have answered and closed it in one piece with its answer.
      if (channel.destroyed) over();
    });
  } finally {
    for (const leave of left) leave();
    channel.end();
  }
}

const remoteExit = (exit: CommandExit): RemoteExit =>
  'code' in exit ? { code: exit.code } : { code: null, signal: exit.signal };

/** @returns how to stop listening */
function onEvent(stream: Readable | Writable, event: string, listener: () => void): () => void {
  stream.on(event, listener);
  return () => void stream.off(event, listener);
}

/** Sends the input, and its end. @returns how to stop */
function send(input: Readable, channel: Writable): () => void {
  const onData = (chunk: Buffer): void => {
    channel.cork();
    for (const bytes of commandBytes('input', chunk)) channel.write(bytes);
    channel.uncork();
    if (channel.writableNeedDrain) input.pause();
  };
  const onDrain = (): void => void input.resume();
  const onEnd = (): void => void channel.end();
  const leave = [
    onEvent(channel, 'drain', onDrain),
    onEvent(input, 'end', onEnd),
    onEvent(input, 'error', onEnd),
  ];
  input.on('data', onData);
  return () => {
    for (const each of leave) each();
    input.off('data', onData);
    input.pause();
  };
}
