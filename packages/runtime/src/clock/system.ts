import { readFileSync } from 'node:fs';
import os from 'node:os';
import type { Clock } from '@sallyport/protocol/environment';

/** The longest that one of Node's timers can wait; a longer one would fire at once. */
const longestTimerMs = 2 ** 31 - 1;

/** Milliseconds since boot, sleep included, to 10 ms where Linux tells; `os.uptime()` has whole seconds on some systems. */
function bootMs(): number {
  if (process.platform !== 'linux') return os.uptime() * 1_000;
  try {
    return Number.parseFloat(readFileSync('/proc/uptime', 'latin1')) * 1_000;
  } catch {
    return os.uptime() * 1_000;
  }
}

/** The clocks of this machine. Only the three programs make one; all else is given a `Clock`. */
export function systemClock(): Clock {
  return {
    wallMs: () => Date.now(),
    monotonicMs: () => performance.now(),
    bootMs,
    after(ms, run) {
      let left = Math.max(0, ms);
      let timer: NodeJS.Timeout;
      const wait = (): void => {
        const step = Math.min(left, longestTimerMs);
        left -= step;
        timer = setTimeout(left > 0 ? wait : run, step);
      };
      wait();
      return { cancel: () => clearTimeout(timer) };
    },
  };
}
