import type { Clock, Timer } from '@sallyport/protocol/environment';
import { printable } from '@sallyport/protocol/text';

/** Silence for this long before anything is said: a short gap is nobody's business. */
export const quietMs = 2_000;
export const noticeText = 'connection lost, trying again ...';
export const connectingText = 'connecting ...';
export const pausedText = 'paused by the administrator: what you send waits, and none of it is lost';
export const unpausedText = 'the administrator lets you go on.';
export const watchedText = 'somebody on site watches this terminal';
export const unwatchedText = 'nobody on site watches this terminal any more';
/** For how long it is said on a terminal: who works there knows it then, and has the line back. */
export const watchedMs = 4_000;
/** How often the line of a pause is drawn anew: what the device goes on to say covers it. */
export const redrawMs = 2_000;

/** Where the line goes. */
export type NoticeOutput = {
  readonly isTTY: boolean;
  readonly columns?: number;
  write(text: string): void;
};

export type Notice = {
  /** It takes its time until the first connection is there. Said on a terminal only. */
  connecting(): void;
  /** Nothing can be opened yet, for this reason, in a sentence; it is tried again. */
  waiting(why: string): void;
  /** The connection of a session is lost. */
  lost(): void;
  /** The administrator holds what is sent, or lets it go on. */
  paused(paused: boolean): void;
  /** Somebody on site begins to watch a terminal, or nobody does any more. */
  watched(watched: boolean): void;
  /** There is a connection; or somebody else has something to say. Takes the line away. */
  back(): void;
  /** Takes the line away, if it is there, and says nothing any more. */
  end(): void;
};

type Line = {
  readonly text: string /** Said where the line itself cannot be taken away. */;
  readonly over: string;
};

/**
 * One quiet line while there is no connection, or while the administrator holds what is sent. On a terminal it is drawn below the cursor, which stays where it is, and
 * is taken away when it is over; elsewhere it is said in words, once, and so is its end.
 */
export function makeNotice(output: NoticeOutput, clock: Clock): Notice {
  let line: Line | undefined;
  let timer: Timer | undefined;
  let shown = false;
  let ended = false;
  let isPaused = false;
  let redraw: Timer | undefined;
  let isWatched = false;
  let passing: Timer | undefined;
  const say = (text: string): void => {
    // A terminal that does not know how wide it is says 0.
    const width = output.columns || 80;
    output.write(output.isTTY ? drawn(printable(text, width - 1)) : `sallyport: ${printable(text)}\n`);
  };
  const draw = (): void => {
    if (line) say(line.text);
  };
  const drawPause = (): void => {
    if (!shown) say(pausedText); // A lost connection comes first.
    if (output.isTTY) redraw = clock.after(redrawMs, drawPause);
  };
  const endPause = (): void => {
    redraw?.cancel();
    if (isPaused && output.isTTY && !shown) output.write(takeAway);
    isPaused = false;
  };
  const show = (next: Line): void => {
    if (ended || next.text === line?.text) return;
    const isFirst = line === undefined;
    line = next;
    if (isFirst) {
      timer = clock.after(quietMs, () => {
        shown = true;
        draw();
      });
    } else if (shown && output.isTTY) draw();
  };
  const hide = (say: boolean): void => {
    timer?.cancel();
    if (shown && output.isTTY) output.write(takeAway);
    else if (shown && say && line) output.write(`sallyport: ${line.over}\n`);
    shown = false;
    line = undefined;
  };
  return {
    connecting: () => {
      if (output.isTTY && !line) show({ text: connectingText, over: '' });
    },
    waiting: (why) => show({ text: `${why} Trying again ...`, over: 'connected.' }),
    lost: () => show({ text: noticeText, over: 'connected again.' }),
    paused: (paused) => {
      if (ended || paused === isPaused) return;
      endPause();
      isPaused = paused;
      if (paused) drawPause();
      else if (!output.isTTY) say(unpausedText);
    },
    watched: (watched) => {
      if (ended || watched === isWatched) return;
      isWatched = watched;
      passing?.cancel();
      if (!shown && !isPaused) say(watched ? watchedText : unwatchedText);
      if (!output.isTTY) return;
      passing = clock.after(watchedMs, () => {
        passing = undefined;
        if (!shown && !isPaused) output.write(takeAway);
      });
    },
    back: () => hide(true),
    end: () => {
      ended = true;
      if (passing && !shown && !isPaused) output.write(takeAway);
      passing?.cancel();
      passing = undefined;
      endPause();
      hide(false);
    },
  };
}

/** A line below the cursor, even where the cursor is in the last one: down and up once makes the screen scroll. */
const below = '\x1bD\x1bM\x1b7\r\x1b[B\x1b[2K';
const drawn = (text: string): string => `${below}\x1b[2m${text}\x1b[22m\x1b8`;
const takeAway = '\x1b7\r\x1b[B\x1b[2K\x1b8';
