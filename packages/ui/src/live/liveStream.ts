/**
 * One stream of server-sent events, kept open: silence for 30 s, or an end, and it is opened anew.
 *   connecting --event--> live
 *   connecting --lost-->  cut
 *   live       --lost-->  cut
 *   live       --event--> live
 *   cut        --event--> live
 *   cut        --lost-->  cut
 */
export type LiveState =
  | { readonly at: 'connecting' }
  | { readonly at: 'live' }
  /** `since` on the clock of the page. */
  | { readonly at: 'cut'; readonly since: number };

export type LiveMove = { readonly type: 'event' } | { readonly type: 'lost'; readonly now: number };

export function stepLive(state: LiveState, move: LiveMove): LiveState {
  if (move.type === 'event') return state.at === 'live' ? state : { at: 'live' };
  return state.at === 'cut' ? state : { at: 'cut', since: move.now };
}

/** No event for this long, and the other side is gone. */
export const silenceMs = 30_000;
const firstRetryMs = 500;
const longestRetryMs = 8_000;

/** As much of an `EventSource` as is needed. */
export type Source = {
  addEventListener(name: string, hear: (event: { readonly data?: unknown }) => void): void;
  close(): void;
};

export type LiveOptions = {
  readonly open: () => Source;
  /** What to do with the data of each event, by its name. One that cannot be read is as good as a lost stream. */
  readonly events: { readonly [name: string]: (data: unknown) => void };
  readonly changed: (state: LiveState) => void;
  readonly clock: { now(): number; after(ms: number, run: () => void): () => void };
};

/** @returns how to close it, and how to try at once, as when the computer wakes up */
export function followLive(options: LiveOptions): { close(): void; retryNow(): void } {
  const { clock } = options;
  let state: LiveState = { at: 'connecting' };
  let source: Source | undefined;
  let cancelTimer = (): void => {};
  let retryMs = firstRetryMs;

  const move = (what: LiveMove): void => {
    const next = stepLive(state, what);
    if (next === state) return;
    state = next;
    options.changed(state);
  };
  const wait = (ms: number, run: () => void): void => {
    cancelTimer();
    cancelTimer = clock.after(ms, run);
  };
  const lost = (): void => {
    source?.close();
    source = undefined;
    move({ type: 'lost', now: clock.now() });
    wait(retryMs, open);
    retryMs = Math.min(longestRetryMs, retryMs * 2);
  };
  function open(): void {
    const opened = options.open();
    source = opened;
    wait(silenceMs, lost);
    opened.addEventListener('error', () => {
      if (source === opened) lost();
    });
    for (const [name, use] of Object.entries(options.events)) {
      opened.addEventListener(name, ({ data }) => {
        if (source !== opened) return;
        try {
          use(JSON.parse(String(data)));
        } catch {
          lost();
          return;
        }
        retryMs = firstRetryMs;
        wait(silenceMs, lost);
        move({ type: 'event' });
      });
    }
  }
  open();
  return {
    close() {
      cancelTimer();
      source?.close();
      source = undefined;
    },
    retryNow() {
      if (source) return;
      retryMs = firstRetryMs;
      cancelTimer();
      open();
    },
  };
}
