import 'asciinema-player/dist/bundle/asciinema-player.css';
import { create } from 'asciinema-player';
import type { Cast } from './cast.ts';

export type Player = {
  /** Where it is, in seconds. */
  position(): number;
  isPlaying(): boolean;
  /** Shows that moment, in seconds from the start, and stops there. */
  seek(at: number): void;
  close(): void;
};

export type PlayerOptions = {
  readonly cast: Cast;
  readonly speed: number;
  /** In seconds; undefined leaves every pause as it was. */
  readonly longestPause: number | undefined;
  /** The player before it, whose place it takes. */
  readonly from: Player | undefined;
};

/**
 * Puts asciinema's player into `element`. It draws cells of text: what a program wrote becomes no markup, no link, no
 * title, and nothing leads back to anybody.
 */
export function openPlayer(element: HTMLElement, { cast, speed, longestPause, from }: PlayerOptions): Player {
  let playing = from?.isPlaying() ?? false;
  let last = from?.position() ?? 0;
  const { columns, rows, events } = cast;
  const header = { version: 3, term: { cols: columns, rows } };
  const player = create({ data: [header, ...events], parser: 'asciicast' }, element, {
    fit: 'width',
    speed,
    autoPlay: playing,
    preload: true,
    controls: true,
    cursorMode: 'steady',
    terminalFontFamily: getComputedStyle(element).fontFamily,
    theme: 'asciinema',
    ...(longestPause === undefined ? {} : { idleTimeLimit: longestPause }),
  });
  // A player that only begins there would show nothing before it plays.
  if (last > 0) void player.seek(last);
  player.addEventListener('playing', () => {
    playing = true;
  });
  player.addEventListener('pause', () => {
    playing = false;
  });
  player.addEventListener('ended', () => {
    playing = false;
  });
  const position = (): number => {
    const now = player.getCurrentTime();
    if (typeof now === 'number' && Number.isFinite(now)) last = now;
    return last;
  };
  return {
    position,
    isPlaying: () => playing,
    seek: (at) => {
      void player.pause();
      void player.seek(at);
    },
    close: () => {
      position();
      player.dispose();
    },
  };
}
