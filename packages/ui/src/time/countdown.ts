/** What was left when the page learned of it, and when that was on the page's own monotonic clock. */
export type Left = { readonly leftMs: number; readonly at: number };

/** What is left now. Nobody's wall clock has a say. */
export const leftNow = ({ leftMs, at }: Left, now: number): number => Math.max(0, leftMs - (now - at));

/** The marks, in milliseconds, at which what is left is read out. */
export const announcedMs = [600_000, 60_000] as const;

/** The mark that was passed between two looks; undefined if none was. */
export function passedMark(before: number, now: number): number | undefined {
  return announcedMs.findLast((mark) => before > mark && now <= mark && now > 0);
}
