import { followLive, type LiveState } from '@sallyport/ui/live';
import type { Screen } from './terminal.ts';

/** What may wait to be drawn, in bytes: with more than that the stream is closed until all is drawn, and begun anew. */
export const behindCap = 1024 * 1024;

type Screenful = { readonly columns: number; readonly rows: number; readonly shown: string };

export type WatchOptions = {
  readonly screen: Screen;
  readonly open: () => EventSource;
  readonly changed: (state: LiveState | { readonly at: 'ended' }) => void;
  readonly clock: Parameters<typeof followLive>[0]['clock'];
};

/**
 * Joins the stream of a terminal to a screen. Whatever comes too fast to be drawn is left out: the stream begins anew
 * with what the terminal shows by then.
 *
 * @returns how to stop
 */
export function watchTerminal({ screen, open, changed, clock }: WatchOptions): () => void {
  let live: { close(): void } | undefined;
  let waiting = 0;
  let over = false;

  const begin = (): void => {
    live = followLive({
      open,
      changed: (state) => {
        if (!over) changed(state);
      },
      clock,
      events: {
        screen: (data) => {
          const { columns, rows, shown } = data as Screenful;
          screen.clear();
          screen.resize(columns, rows);
          draw(shown);
        },
        output: (data) => draw((data as Pick<Screenful, 'shown'>).shown),
        resized: (data) => {
          const { columns, rows } = data as Screenful;
          screen.resize(columns, rows);
        },
        ended: () => {
          end();
          changed({ at: 'ended' });
        },
        alive: () => {},
      },
    });
  };
  const draw = (base64: string): void => {
    const bytes = bytesOf(base64);
    waiting += bytes.length;
    if (waiting > behindCap) {
      live?.close();
      live = undefined;
    }
    screen.write(bytes, () => {
      waiting -= bytes.length;
      if (waiting === 0 && !live && !over) begin();
    });
  };
  const end = (): void => {
    over = true;
    live?.close();
    live = undefined;
  };
  begin();
  return end;
}

/** By a plain loop: a callback for each byte takes several times as long, and this is what a flood is made of. */
function bytesOf(base64: string): Uint8Array {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index += 1) bytes[index] = text.charCodeAt(index);
  return bytes;
}
