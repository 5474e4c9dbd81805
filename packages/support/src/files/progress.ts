import type { Clock } from '@sallyport/protocol/environment';
import { printable } from '@sallyport/protocol/text';

export type ProgressOutput = {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
};

export type Progress = {
  file(path: string): void;
  bytes(count: number, skipped: boolean): void;
  /** Says something above the bar, which stays. */
  say(line: string): void;
  /** Takes the bar away. */
  end(): void;
  readonly totals: () => { bytes: number; skipped: number };
};

const drawEveryMs = 100;

/**
 * One line that tells how far a copy is, drawn over itself ten times a second at most, on a terminal only.
 *
 * @param totalBytes if it is known: of a single file
 */
export function makeProgress(output: ProgressOutput, clock: Clock, totalBytes: number | undefined): Progress {
  const started = clock.monotonicMs();
  let drawnAt = Number.NEGATIVE_INFINITY;
  let name = '';
  let bytes = 0;
  let skipped = 0;
  let files = 0;
  const draw = (): void => {
    const now = clock.monotonicMs();
    if (!output.isTTY || now - drawnAt < drawEveryMs) return;
    drawnAt = now;
    const seconds = (now - started) / 1_000;
    const line = progressLine({
      name,
      files,
      bytes,
      skipped,
      totalBytes,
      seconds,
      columns: output.columns ?? 80,
    });
    output.write(`\r${line}\x1b[K`);
  };
  return {
    file: (path) => {
      name = path.slice(path.lastIndexOf('/') + 1);
      files += 1;
      draw();
    },
    bytes: (count, isSkipped) => {
      bytes += count;
      if (isSkipped) skipped += count;
      draw();
    },
    say: (line) => {
      output.write(output.isTTY ? `\r\x1b[K${line}\n` : `${line}\n`);
      drawnAt = Number.NEGATIVE_INFINITY;
    },
    end: () => void (output.isTTY && output.write('\r\x1b[K')),
    totals: () => ({ bytes, skipped }),
  };
}

export type ProgressState = {
  readonly name: string;
  readonly files: number;
  readonly bytes: number;
  readonly skipped: number;
  readonly totalBytes: number | undefined;
  readonly seconds: number;
  readonly columns: number;
};

/** `syslog  [#####-----]  52%  12.3 MiB  4.1 MiB/s  0:03 left`, as wide as the terminal at most. */
export function progressLine(state: ProgressState): string {
  const { bytes, skipped, totalBytes, seconds, columns } = state;
  const speed = seconds > 0 ? (bytes - skipped) / seconds : 0;
  const parts = [formatBytes(bytes), `${formatBytes(speed)}/s`];
  if (totalBytes !== undefined) {
    const share = totalBytes === 0 ? 1 : Math.min(1, bytes / totalBytes);
    parts.unshift(`[${bar(share, 20)}]`, `${Math.floor(share * 100)}%`.padStart(4));
    if (speed > 0 && share < 1) parts.push(`${formatTime((totalBytes - bytes) / speed)} left`);
  } else parts.push(`file ${state.files}`);
  const rest = parts.join('  ');
  const room = Math.max(0, columns - rest.length - 3);
  const name = printable(state.name, Math.max(1, Math.min(room, 40)));
  return `${room > 4 ? `${name}  ` : ''}${rest}`.slice(0, Math.max(0, columns - 1));
}

const bar = (share: number, width: number): string => {
  const done = Math.round(share * width);
  return `${'#'.repeat(done)}${'-'.repeat(width - done)}`;
};

/** In units of 1024: `980 B`, `12.3 MiB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1_000 && unit < units.length - 1) {
    value /= 1_024;
    unit += 1;
  }
  return `${unit === 0 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

function formatTime(seconds: number): string {
  const whole = Math.ceil(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}
