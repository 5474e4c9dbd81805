import type { ReadStream, WriteStream } from 'node:tty';
import type { RemoteExit } from '../ssh/index.ts';
import { type EscapeState, escapeHelp, readTyped } from './escape.ts';
import type { LocalTerminal } from './localTerminal.ts';
import type { Started } from './remoteProgram.ts';

/** How a terminal ended: the program on the device ended, the person typed `~.`, or the channel was cut. */
export type TerminalEnd = { readonly exit: RemoteExit } | 'left' | 'cut';

export type Interaction = {
  readonly program: Started;
  readonly terminal: LocalTerminal;
  readonly input: ReadStream;
  readonly output: WriteStream;
  readonly errors: WriteStream;
  /** Calls its argument whenever a lost connection is back. */
  readonly onBack: (listener: () => void) => void;
  /** Whether `~` at the start of a line is an escape. */
  readonly escapes: boolean;
};

/** Joins this terminal to a program on the device until one of them ends. */
export function interact(interaction: Interaction): Promise<TerminalEnd> {
  const { program, terminal, input, output, errors, escapes } = interaction;
  const { channel } = program;
  return new Promise((resolve) => {
    let line: EscapeState = 'lineStart';
    const finish = (end: TerminalEnd): void => {
      input.off('data', onTyped).pause();
      output.off('resize', onResize);
      channel.unpipe(output);
      resolve(end);
    };
    const onTyped = (typed: Buffer): void => {
      const read = escapes ? readTyped(line, typed) : { state: line, parts: [{ send: typed }] };
      line = read.state;
      for (const part of read.parts) {
        if ('send' in part) {
          if (!channel.write(part.send)) input.pause();
        } else if (part.act === 'help') output.write(escapeHelp);
        else finish('left'); // Also while the connection is lost: nobody is waited for.
      }
    };
    const onResize = (): void => {
      const { rows, columns } = terminal.size();
      channel.setWindow(rows, columns, 0, 0);
    };
    // The notice of the lost connection was drawn over what a full-screen program shows: another size makes it draw anew.
    interaction.onBack(() => {
      if (!terminal.isFull()) return;
      const { rows, columns } = terminal.size();
      channel.setWindow(Math.max(1, rows - 1), columns, 0, 0);
      channel.setWindow(rows, columns, 0, 0);
    });
    channel.on('drain', () => input.resume());
    channel.on('close', () => {
      const exit = program.exit();
      finish(exit ? { exit } : 'cut');
    });
    channel.on('data', (shown: Buffer) => terminal.watch(shown));
    channel.pipe(output, { end: false });
    channel.stderr.pipe(errors, { end: false });
    input.on('data', onTyped);
    input.on('end', () => channel.end());
    output.on('resize', onResize);
  });
}
