import type { Clock, Timer } from '@sallyport/protocol/environment';

/** Silence for this long before anything is said: a short gap is nobody's business. */
export const quietMs = 2_000;
export const noticeText = 'connection lost, trying again ...';
export const backText = 'connected again.';

/** Where the line goes. */
export type NoticeOutput = {
  readonly isTTY: boolean;
  write(text: string): void;
};

export type Notice = {
  lost(): void;
  back(): void;
  /** Takes the line away, if it is there, and says nothing any more. */
  end(): void;
};

/**
 * One quiet line while the connection is lost. On a terminal it is drawn below the cursor, which stays where it is, and
 * is taken away when the connection is back; elsewhere it is said in words, and so is its end.
 */
export function makeNotice(output: NoticeOutput, clock: Clock): Notice {
  let timer: Timer | undefined;
  let shown = false;
  let ended = false;
  const hide = (text: string): void => {
    timer?.cancel();
    timer = undefined;
    if (!shown) return;
    shown = false;
    output.write(output.isTTY ? takeAway : text);
  };
  return {
    lost: () => {
      if (ended || timer || shown) return;
      timer = clock.after(quietMs, () => {
        timer = undefined;
        shown = true;
        output.write(output.isTTY ? draw : `sallyport: ${noticeText}\n`);
      });
    },
    back: () => hide(`sallyport: ${backText}\n`),
    end: () => {
      ended = true;
      hide('');
    },
  };
}

/** A line below the cursor, even where the cursor is in the last one: down and up once makes the screen scroll. */
const below = '\x1bD\x1bM\x1b7\r\x1b[B\x1b[2K';
const draw = `${below}\x1b[2m${noticeText}\x1b[22m\x1b8`;
const takeAway = '\x1b7\r\x1b[B\x1b[2K\x1b8';
