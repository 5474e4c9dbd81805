import { spawnSync } from 'node:child_process';
import type { ReadStream, WriteStream } from 'node:tty';
import { fail } from '../errors/index.ts';

export type LocalTerminal = {
  readonly size: () => { columns: number; rows: number };
  /** Gives the terminal back as it was found. Also done when the process exits by whatever way it can still run code. */
  restore(): void;
  /** Looks at what the device shows, for what it would leave switched on if it broke off. */
  watch(shown: Buffer): void;
  /** Whether a program fills the whole screen at the moment. */
  isFull(): boolean;
};

/** Switched on by programs, and off again here if they could not: mouse, bracketed paste, hidden cursor, colours. */
const calm = '\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?2004l\x1b[?1l\x1b>\x1b[?25h\x1b[m';
const alternateOn = /\x1b\[\?(?:1049|1047|47)h/g;
const alternateOff = /\x1b\[\?(?:1049|1047|47)l/g;

/** Takes the terminal over: every key goes to the device. @throws terminal-needed */
export function takeTerminal(input: ReadStream, output: WriteStream): LocalTerminal {
  if (!input.isTTY) throw fail('terminal-needed', { leg: 'this-computer' });
  let taken = true;
  let other = false;
  const restore = (): void => {
    if (!taken) return;
    taken = false;
    process.off('exit', restore);
    input.setRawMode(false);
    input.pause();
    if (output.isTTY) output.write(other ? `\x1b[?1049l${calm}` : calm);
  };
  process.on('exit', restore);
  input.setRawMode(true);
  passOutputOn(input);
  return {
    size: () => ({ columns: output.columns || 80, rows: output.rows || 24 }),
    restore,
    isFull: () => other,
    watch: (shown) => {
      if (!shown.includes(0x1b)) return;
      const text = shown.toString('latin1');
      const on = lastIndex(text, alternateOn);
      const off = lastIndex(text, alternateOff);
      if (on !== off) other = on > off;
    },
  };
}

/**
 * Node's raw mode still turns each line feed into two characters, while a program on the device may mean just that one.
 * `setRawMode(false)` takes this back, too. Where there is no `stty`, lines may look odd in a few programs.
 */
function passOutputOn(input: ReadStream & { fd?: number }): void {
  if (process.platform === 'win32') return;
  spawnSync('stty', ['-opost'], { stdio: [input.fd ?? 0, 'ignore', 'ignore'], timeout: 2_000 });
}

function lastIndex(text: string, pattern: RegExp): number {
  return Math.max(-1, ...[...text.matchAll(pattern)].map(({ index }) => index));
}
