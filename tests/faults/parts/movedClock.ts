import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock, Timer } from '@sallyport/protocol/environment';
import { systemClock } from '@sallyport/runtime/clock';

/** The machine's clock, which goes on by itself, and which a test moves besides. */
export type MovedClock = Clock & {
  /** The machine sleeps: wall and boot time have gone on, monotonic time and every timer have stood still. */
  sleep(ms: number): void;
  /** So much time passes at once; timers that become due run, each at its time. */
  skip(ms: number): Promise<void>;
};

type Waiting = { readonly dueMs: number; readonly run: () => void; real?: Timer };

export function movedClock(): MovedClock {
  const system = systemClock();
  const waiting = new Set<Waiting>();
  let skippedMs = 0;
  let sleptMs = 0;
  const nowMs = (): number => system.monotonicMs() + skippedMs;
  const fire = (timer: Waiting): void => {
    if (!waiting.delete(timer)) return;
    timer.real?.cancel();
    timer.run();
  };
  const arm = (timer: Waiting): void => {
    timer.real?.cancel();
    timer.real = system.after(Math.max(0, timer.dueMs - nowMs()), () => fire(timer));
  };
  return {
    wallMs: () => Math.round(system.wallMs() + skippedMs + sleptMs),
    monotonicMs: nowMs,
    bootMs: () => system.bootMs() + skippedMs + sleptMs,
    after(ms, run) {
      const timer: Waiting = { dueMs: nowMs() + Math.max(0, ms), run };
      waiting.add(timer);
      arm(timer);
      return {
        cancel() {
          waiting.delete(timer);
          timer.real?.cancel();
        },
      };
    },
    sleep(ms) {
      sleptMs += ms;
    },
    async skip(ms) {
      const untilMs = nowMs() + ms;
      for (;;) {
        const due = [...waiting].filter(({ dueMs }) => dueMs <= untilMs);
        const first = due.toSorted((one, other) => one.dueMs - other.dueMs)[0];
        if (!first) break;
        skippedMs += Math.max(0, first.dueMs - nowMs());
        fire(first);
        await nextTurn();
      }
      skippedMs += Math.max(0, untilMs - nowMs());
      for (const timer of waiting) arm(timer);
    },
  };
}
