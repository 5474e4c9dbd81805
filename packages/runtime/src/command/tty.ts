import { openSync, writeSync } from 'node:fs';
import { ReadStream } from 'node:tty';
import { fail } from '../errors/index.ts';

const key = {
  enter: '\r',
  newline: '\n',
  interrupt: '\x03',
  endOfInput: '\x04',
  backspace: '\b',
  delete: '\x7f',
  killLine: '\x15',
};

/** What a line has become after one more character; `done` when the person pressed Enter. */
type Line = { readonly text: string; readonly end: 'no' | 'done' | 'interrupted' };

/** Exported for its test. */
export function typed(line: Line, character: string): Line {
  const { text } = line;
  if (line.end !== 'no') return line;
  if (character === key.enter || character === key.newline) return { text, end: 'done' };
  if (character === key.interrupt) return { text, end: 'interrupted' };
  if (character === key.endOfInput) return { text, end: text === '' ? 'interrupted' : 'done' };
  if (character === key.backspace || character === key.delete)
    return { text: [...text].slice(0, -1).join(''), end: 'no' };
  if (character === key.killLine) return { text: '', end: 'no' };
  if (/\p{Cc}/u.test(character)) return line;
  return { text: text + character, end: 'no' };
}

/**
 * Asks at the terminal of this process, also where standard input and output are somebody else's (`ProxyCommand`), and
 * shows nothing of what is typed. Whatever ends it, the terminal is given back as it was.
 *
 * @throws no-tty, interrupted, what `signal` says
 */
export function askSecret(options: {
  what: string;
  prompt: string;
  instead: string;
  signal?: AbortSignal | undefined;
  tty?: string;
  capBytes?: number;
}): Promise<string> {
  const { what, prompt, instead, signal, tty = '/dev/tty', capBytes = 4_096 } = options;
  signal?.throwIfAborted();
  let terminal: ReadStream;
  let file: number;
  try {
    file = openSync(tty, 'r+');
    terminal = new ReadStream(file);
    terminal.setRawMode(true);
    // So that a letter of several bytes may come in two pieces.
    terminal.setEncoding('utf8');
  } catch (cause) {
    throw fail('no-tty', { details: { what, instead }, cause });
  }
  writeSync(file, prompt);
  return new Promise<string>((resolve, reject) => {
    let line: Line = { text: '', end: 'no' };
    const leave = (): void => {
      terminal.off('data', onData).off('close', onGone).off('error', onGone);
      signal?.removeEventListener('abort', onAbort);
    };
    const finish = (act: () => void): void => {
      leave();
      giveBack(terminal, file);
      act();
    };
    const onGone = (cause?: unknown): void => {
      leave();
      terminal.on('error', () => {}).destroy();
      reject(fail('no-tty', { details: { what, instead }, cause }));
    };
    const onAbort = (): void => finish(() => reject(signal?.reason));
    const onData = (text: string): void => {
      for (const character of text) line = typed(line, character);
      if (line.text.length > capBytes) line = { text: '', end: 'no' };
      if (line.end === 'done') finish(() => resolve(line.text.trim()));
      if (line.end === 'interrupted') finish(() => reject(fail('interrupted')));
    };
    terminal.on('data', onData).on('close', onGone).on('error', onGone);
    signal?.addEventListener('abort', onAbort);
  });
}

/** The terminal may be hung up by now (SIGHUP): then nothing can be given back, and nobody misses it. */
function giveBack(terminal: ReadStream, file: number): void {
  terminal.on('error', () => {});
  terminal.setRawMode(false);
  try {
    writeSync(file, '\n');
  } catch {}
  terminal.destroy();
}
