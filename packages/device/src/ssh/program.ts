import type { Readable, Writable } from 'node:stream';
import { fail, type SallyportError } from '@sallyport/protocol/errors';
import { demand, type SessionContext } from '../channels/context.ts';
import { startFiles } from '../channels/filesWorker.ts';
import type { Place } from '../channels/openChannels.ts';
import { pourRecorded } from '../channels/recorded.ts';
import type { ChannelExit } from '../channels/types.ts';
import { type Launch, startCommand, Terminal, type TerminalSize } from '../processes/index.ts';
import type { Recording } from '../recordings/index.ts';
import type { SshChannel } from './channel.ts';

/** A program that runs for a channel. */
export type Program = {
  readonly onTerminal: boolean;
  resize(size: TerminalSize): void;
  signal(name: NodeJS.Signals): void;
  /** Nobody reads any more what it prints. */
  mute(): void;
  /** Resolves when the program has ended and all that it printed is handed to the channel. */
  readonly ended: Promise<ChannelExit>;
  /** Resolves when it goes no further, because it cannot be recorded any more. */
  readonly broken?: Promise<SallyportError>;
};

type Start = Omit<Launch, 'stdio' | 'terminal'>;

/** What a terminal of SSH starts with: the usual settings, and erasing a character erases all of its bytes. */
const terminalModes = 'sane iutf8';

export function runOnTerminal(
  channel: SshChannel,
  place: Place,
  start: Start,
  size: TerminalSize,
  recording: Recording,
): Program {
  const terminal = new Terminal(start, size, terminalModes);
  channel.once('shut', () => channel.destroy()); // What was typed and not read yet is lost, as on any terminal.
  channel.once('close', () => terminal.destroy());
  channel.on('data', (chunk: Buffer) => {
    place.countIn(chunk.length);
    if (!terminal.write(chunk)) channel.pause();
  });
  terminal.on('drain', () => channel.resume());
  const tap = place.tap(size);
  terminal.on('data', (chunk: Buffer) => {
    place.countOut(chunk.length);
    tap.output(chunk);
  });
  return {
    onTerminal: true,
    resize(next) {
      terminal.resize(next);
      tap.resized(next);
      recording.resized(next);
    },
    signal: (name) => terminal.signal(name),
    mute() {},
    ended: pourRecorded(terminal, channel, recording).then(() => terminal.exited),
    broken: recording.broken,
  };
}

/** @throws (rejects) scope-refused, session-closed; or when the system has no process to give */
export async function runOnPipes(
  context: SessionContext,
  channel: SshChannel,
  place: Place,
  start: Start,
  recording: Recording,
): Promise<Program> {
  const command = await startCommand(start, () => {
    mustBeThere(channel, place);
    demand(context, 'terminal', 'command');
  });
  channel.once('shut', () => {
    command.output.destroy();
    command.errors.destroy();
  });
  channel.once('close', () => command.release());
  channel.on('data', (chunk: Buffer) => place.countIn(chunk.length));
  for (const stream of [command.output, command.errors]) {
    stream.on('data', (chunk: Buffer) => place.countOut(chunk.length));
  }
  channel.pipe(command.input);
  command.input.on('close', () => channel.resume()); // It reads no more: what still comes goes nowhere.
  const poured = Promise.all([
    pourRecorded(command.output, channel, recording),
    pourRecorded(command.errors, channel.errors, recording),
  ]);
  return {
    onTerminal: false,
    resize() {},
    signal: (name) => command.signal(name),
    mute: () => command.output.destroy(),
    ended: poured.then(() => command.exited),
    broken: recording.broken,
  };
}

/** SFTP on an SSH channel. */
export function runFiles(context: SessionContext, channel: SshChannel, place: Place): Program {
  const { stream, kill, exited } = startFiles(context, place);
  channel.once('close', kill);
  channel.on('data', (chunk: Buffer) => place.countIn(chunk.length));
  stream.on('data', (chunk: Buffer) => place.countOut(chunk.length));
  channel.pipe(stream);
  stream.on('close', () => channel.resume());
  return {
    onTerminal: false,
    resize() {},
    signal() {},
    mute() {},
    ended: pour(stream, channel).then(() => exited),
  };
}

/** @throws session-closed */
export function mustBeThere(channel: SshChannel, place: Place): void {
  if (place.over || channel.destroyed) throw fail('session-closed');
}

/** Everything that `source` gives goes to `target`, which stays open. Resolves when all is handed over, or one is gone. */
function pour(source: Readable, target: Writable): Promise<void> {
  return new Promise((resolve) => {
    source.once('end', resolve);
    source.once('close', resolve);
    target.once('close', () => {
      source.destroy();
      resolve();
    });
    source.pipe(target, { end: false });
  });
}
