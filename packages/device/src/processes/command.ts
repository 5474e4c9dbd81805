import type { ChildProcess } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import type { ChannelExit } from '../channels/types.ts';
import { exitOf, type Launch, launch } from './launch.ts';
import { signalGroup } from './terminal.ts';

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

/** Starts a program without a terminal. Throws when the system has no process to give. */
export function startCommand(start: Omit<Launch, 'stdio' | 'terminal'>): Command {
  const child = launch({ ...start, stdio: ['pipe', 'pipe', 'pipe'] });
  const { input, output, errors } = streamsOf(child);
  for (const stream of [input, output, errors]) stream.on('error', () => {}); // EPIPE: the program closed it.
  return {
    input,
    output,
    errors,
    exited: exitOf(child),
    signal(name) {
      if (child.pid !== undefined) signalGroup(child.pid, name);
    },
    release() {
      for (const stream of [input, output, errors]) stream.destroy();
    },
  };
}

function streamsOf(child: ChildProcess): { input: Writable; output: Readable; errors: Readable } {
  const { stdin, stdout, stderr } = child;
  if (!stdin || !stdout || !stderr) throw new Error('a process without pipes');
  return { input: stdin, output: stdout, errors: stderr };
}
