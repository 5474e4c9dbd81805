import type { Clock, Timer } from '../environment/index.ts';
import { settle } from './settle.ts';

/** A clock that stands still until a test moves it. */
export interface FakeClock extends Clock {
  /** Time passes: runs the timers that become due, in order, and after each what it caused in memory. */
  advance(ms: number): Promise<void>;
  /** Somebody sets the machine's date. Only the wall clock moves, forwards or (negative) backwards. */
  jumpWall(ms: number): void;
  /** The machine sleeps: wall and boot time go on, monotonic time and with it every timer stands still. */
  sleep(ms: number): void;
  /** Timers that wait. Zero at the end of a test proves that nothing was left behind. */
  pending(): number;
}

type Waiting = { due: number; order: number; run: () => void };

const newYear2027 = Date.UTC(2027, 0, 1);

export function fakeClock(startWallMs: number = newYear2027): FakeClock {
  const waiting = new Set<Waiting>();
  let wall = startWallMs;
  let boot = 1_000_000;
  let monotonic = 5_000;
  let order = 0;

  const pass = (ms: number): void => {
    wall += ms;
    boot += ms;
    monotonic += ms;
  };
  const firstDue = (until: number): Waiting | undefined => {
    let first: Waiting | undefined;
    for (const timer of waiting) {
      if (timer.due > until) continue;
      if (!first || timer.due < first.due || (timer.due === first.due && timer.order < first.order))
        first = timer;
    }
    return first;
  };

  return {
    wallMs: () => wall,
    monotonicMs: () => monotonic,
    bootMs: () => boot,
    after(ms: number, run: () => void): Timer {
      order += 1;
      const timer: Waiting = { due: monotonic + Math.max(0, ms), order, run };
      waiting.add(timer);
      return { cancel: () => void waiting.delete(timer) };
    },
    async advance(ms) {
      const until = monotonic + ms;
      await settle();
      for (let timer = firstDue(until); timer; timer = firstDue(until)) {
        waiting.delete(timer);
        pass(Math.max(0, timer.due - monotonic));
        timer.run();
        await settle();
      }
      pass(Math.max(0, until - monotonic));
    },
    jumpWall(ms) {
      wall += ms;
    },
    sleep(ms) {
      wall += ms;
      boot += ms;
    },
    pending: () => waiting.size,
  };
}
