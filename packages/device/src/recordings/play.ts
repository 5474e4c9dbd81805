import type { FileHandle } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { parseEvent } from '@sallyport/protocol/recording';
import { Harmless } from './harmless.ts';

export type PlayOptions = {
  /** Times as fast as it was. */
  readonly speed: number;
  /** No pause is longer, in milliseconds. */
  readonly idleMs: number;
  readonly write: (text: string) => Promise<void>;
  readonly wait: (ms: number) => Promise<void>;
};

/** Shows a recording, at its times. What it would do to a terminal besides showing is left out. */
export async function playRecording(file: FileHandle, options: PlayOptions): Promise<void> {
  const { speed, idleMs, write, wait } = options;
  const harmless = new Harmless();
  const lines = createInterface({
    input: file.createReadStream({ start: 0, autoClose: false }),
    crlfDelay: 0,
  });
  for await (const line of lines) {
    const event = parseEvent(line);
    if (!event) continue;
    const [seconds, code, text] = event;
    const pauseMs = Math.min((seconds * 1_000) / speed, idleMs);
    if (pauseMs > 0) await wait(pauseMs);
    if (code === 'o') await write(harmless.take(text));
    if (code === 'm') await write(`\r\n-- ${harmless.take(text)} --\r\n`);
  }
}
