/**
 * What the watchdog knows of its agent, and when it ends it. Times are the watchdog's own: monotonic ones count while
 * the machine is awake, so that waking up is no silence; the grant's end is by the time since boot, which counts sleep.
 */
import type { AgentLine } from './words.ts';

/** An agent that says nothing for so long has hung: it says something every 250 ms. */
export const silenceMs = 1_000;
/** So long after the grant's end the agent may take to end it by itself. */
export const lateMs = 700;

export type Knowledge = {
  readonly heardAtMs: number;
  /** Of the time since boot; undefined before the agent said so. */
  readonly endsAtBootMs: number | undefined;
  /** Since when, monotonic, the watchdog has seen that the grant's end is past. */
  readonly lateSinceMs: number | undefined;
};
export type Now = { readonly monotonicMs: number; readonly bootMs: number };

export const begin = (now: Now): Knowledge => ({
  heardAtMs: now.monotonicMs,
  endsAtBootMs: undefined,
  lateSinceMs: undefined,
});

/** The agent said what is left of the grant. Nothing is left: then it is not late yet, but it must be over soon. */
export function hear(known: Knowledge, line: Extract<AgentLine, { is: 'left' }>, now: Now): Knowledge {
  return look({ ...known, heardAtMs: now.monotonicMs, endsAtBootMs: now.bootMs + line.leftMs }, now);
}

/** Time went on. */
export function look(known: Knowledge, now: Now): Knowledge {
  const late = known.endsAtBootMs !== undefined && now.bootMs >= known.endsAtBootMs;
  return { ...known, lateSinceMs: late ? (known.lateSinceMs ?? now.monotonicMs) : undefined };
}

/** Whether somebody who asked for Disable is right to think that the agent has hung. */
export const hasHung = (known: Knowledge, now: Now): boolean =>
  now.monotonicMs - known.heardAtMs >= silenceMs;

/** Whether the grant is over and its agent has not ended it. */
export const isOverdue = (known: Knowledge, now: Now): boolean =>
  known.lateSinceMs !== undefined && now.monotonicMs - known.lateSinceMs >= lateMs;
