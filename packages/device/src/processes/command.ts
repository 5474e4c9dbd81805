import { closeSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import type { ChannelExit } from '../channels/types.ts';
import { exitOf, type Launch, launch } from './launch.ts';
import { closePipes, openPipes, type Pipe } from './pipes.ts';
import { signalGroup } from './procfs.ts';

/** A program without a terminal, its three streams apart. */
export type Command = {
  readonly input: Writable;
  readonly output: Readable;
  readonly errors: Readable;
  readonly exited: Promise<ChannelExit>;
  /** To the program and all of its process group. */
  signal(name: NodeJS.Signals): void;
  /** Lets go of the three streams; the program goes on if it wants to. */
  release(): void;
};

/**
 * Starts a program without a terminal. `allowed` is asked right before, and throws when it may not start any more.
 * Rejects with `device-exhausted` when the system has no process or descriptor to give.
 */
export async function startCommand(
  start: Omit<Launch, 'stdio' | 'terminal'>,
  allowed: () => void,
): Promise<Command> {
  const pipes = await openPipes(start.user);
  try {
    allowed();
    return pipes ? startOnPipes(start, pipes) : startOnSockets(start);
  } catch (error) {
    if (pipes) closePipes(pipes);
    throw error;
  }
}

function startOnPipes(
  start: Omit<Launch, 'stdio' | 'terminal'>,
  [input, output, errors]: readonly [Pipe, Pipe, Pipe],
): Command {
  const theirs = [input.readEnd, output.writeEnd, errors.writeEnd];
  const child = launch({ ...start, stdio: theirs });
  for (const end of theirs) closeSync(end);
  return commandOf(child.pid, exitOf(child), {
    input: new Socket({ fd: input.writeEnd, readable: false, writable: true }),
    output: new Socket({ fd: output.readEnd, readable: true, writable: false }),
    errors: new Socket({ fd: errors.readEnd, readable: true, writable: false }),
  });
}

function startOnSockets(start: Omit<Launch, 'stdio' | 'terminal'>): Command {
  const child = launch({ ...start, stdio: ['pipe', 'pipe', 'pipe'] });
  const { stdin, stdout, stderr } = child;
  if (!stdin || !stdout || !stderr) throw new Error('a process without its streams');
  return commandOf(child.pid, exitOf(child), { input: stdin, output: stdout, errors: stderr });
}

function commandOf(
  pid: number | undefined,
  exited: Promise<ChannelExit>,
  streams: Pick<Command, 'input' | 'output' | 'errors'>,
): Command {
  const all = [streams.input, streams.output, streams.errors];
  for (const stream of all) stream.on('error', () => {}); // EPIPE: the program reads no more.
  return {
    ...streams,
    exited,
    signal(name) {
      if (pid !== undefined) signalGroup(pid, name);
    },
    release() {
      for (const stream of all) stream.destroy();
    },
  };
}
