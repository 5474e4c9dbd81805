import { longestGrantMs } from '@sallyport/protocol/grant';

/** The machine's clocks at one moment; `bootId` says to which boot `bootMs` belongs. All in milliseconds. */
export type Moment = { readonly bootId: string; readonly bootMs: number; readonly wallMs: number };

/** How long a grant still goes, and when that was so. Stored every 10 s and with every change. */
export type Span = Moment & {
  readonly leftMs: number;
  /** What is left of the 24 hours from Enable: no extension goes beyond. */
  readonly capMs: number;
};

export function beginSpan(now: Moment, durationMs: number): Span {
  return { ...now, leftMs: Math.min(durationMs, longestGrantMs), capMs: longestGrantMs };
}

/** The span a moment later, in the same run of the agent. Only time since boot counts: the wall clock may jump. */
export function runOn(span: Span, now: Moment): Span {
  return shorten(span, Math.max(0, now.bootMs - span.bootMs), now);
}

/**
 * The span when the agent starts again (design, section 9). In the same boot, time since boot says how much has
 * passed. After a reboot only the wall clock can say it, so a wall clock that went backwards ends the grant, and what
 * is left is never more than what was stored.
 */
export function takeUp(stored: Span, now: Moment): Span {
  if (stored.bootId === now.bootId && now.bootMs >= stored.bootMs) return runOn(stored, now);
  const passed = now.wallMs - stored.wallMs;
  if (passed < 0) return { ...now, leftMs: 0, capMs: 0 };
  return shorten(stored, passed, now);
}

/** The span after an administrator set its end anew: `leftMs` from now, within the 24 hours. */
export function extend(span: Span, leftMs: number): Span {
  return { ...span, leftMs: Math.min(leftMs, span.capMs) };
}

function shorten(span: Span, passedMs: number, now: Moment): Span {
  const less = (ms: number): number => Math.max(0, ms - passedMs);
  return { ...now, leftMs: less(span.leftMs), capMs: less(span.capMs) };
}
