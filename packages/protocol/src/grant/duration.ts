const unitMs = { s: 1_000, m: 60_000, h: 3_600_000 } as const;
export const shortestGrantMs = 10_000;
export const longestGrantMs = 24 * 3_600_000;

/** Milliseconds of a duration such as `90s`, `30m`, `4h`; undefined if it is none. No bounds are applied. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d{1,6})([smh])$/.exec(text.trim());
  if (!match) return undefined;
  return Number(match[1]) * unitMs[match[2] as keyof typeof unitMs];
}

/** The same as people write it: `90s`, `30m`, `4h`; rounded to whole seconds. */
export function formatDuration(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  if (seconds % 3_600 === 0 && seconds > 0) return `${seconds / 3_600}h`;
  if (seconds % 60 === 0 && seconds > 0) return `${seconds / 60}m`;
  return `${seconds}s`;
}
