import type { ServerResponse } from 'node:http';
import type { Clock } from '@sallyport/protocol/environment';
import { fail } from '@sallyport/protocol/errors';
import { z } from 'zod';
import type { TerminalTap } from '../channels/index.ts';

const base64 = z.string().describe('Bytes for a terminal, base64');
const sizeSchema = z.object({ columns: z.number(), rows: z.number() });

/** What somebody who watches a terminal hears. */
export const terminalEvents = {
  /** Begin anew with this: at first, and when the reader was too slow to be told everything. */
  screen: sizeSchema.extend({ shown: base64 }),
  output: z.object({ shown: base64 }),
  resized: sizeSchema,
  ended: z.object({}),
  alive: z.object({}),
} as const;

/** Readers of one terminal at once. */
const readerLimit = 8;
/** What waits for a reader before it is told the screen anew instead of all that it missed. In bytes. */
const behindBytes = 512 * 1024;
const beatMs = 15_000;

/**
 * Shows a terminal as server-sent events until it, or the reader, is gone. A slow reader never slows the terminal down.
 *
 * @throws rate-limited
 */
export function showTerminal(response: ServerResponse, tap: TerminalTap, clock: Clock): void {
  if (tap.watchers >= readerLimit) {
    throw fail('rate-limited', { details: { limit: `${readerLimit} readers of one terminal` } });
  }
  response.on('error', () => {});
  response.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  });
  const tell = <E extends keyof typeof terminalEvents>(event: E, data: z.input<(typeof terminalEvents)[E]>) =>
    response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  const screen = (): void => void tell('screen', { ...tap.size, shown: tap.shown().toString('base64') });
  let behind = false;
  const unlessBehind = (act: () => void): void => {
    behind ||= response.writableLength > behindBytes;
    if (!behind) act();
  };
  response.on('drain', () => {
    if (!behind) return;
    behind = false;
    screen();
  });
  const beat = (): void => {
    unlessBehind(() => tell('alive', {}));
    timer = clock.after(beatMs, beat);
  };
  let timer = clock.after(beatMs, beat);
  screen();
  const stop = tap.watch({
    output: (bytes) => unlessBehind(() => tell('output', { shown: bytes.toString('base64') })),
    resized: (size) => unlessBehind(() => tell('resized', size)),
    ended: () => {
      tell('ended', {});
      response.end();
    },
  });
  response.once('close', () => {
    stop();
    timer.cancel();
  });
}
