/**
 * Gives memory back while there is nothing to do.
 *
 * Loading the modules makes V8's young generation grow to tens of megabytes, and a copy leaves others. V8 keeps them, and
 * looks again only when there is work. A collection of everything, asked for as V8 does as its last resort, shrinks
 * both: 16 MB of an agent that has just started. It takes some 50 ms, in which nothing else happens, and so it comes only
 * after ten quiet seconds, and only if there was work since the last one.
 */
import type { Clock } from '@sallyport/protocol/environment';

type Collect = (options: { type: 'major'; execution: 'sync'; flavor: 'last-resort' }) => void;

const lookEveryMs = 10_000;
/** Processor time within that: less of it is quiet. */
const quietMs = 500;

/**
 * Looks every ten seconds of the clock, until the function that it returns is called.
 *
 * @param busyMs the processor time that this process has used so far, in milliseconds
 */
export function restWith(clock: Clock, busyMs: () => number, collect: Collect): () => void {
  let worked = true; // It has just started.
  let before = busyMs();
  const look = (): void => {
    const isQuiet = busyMs() - before < quietMs;
    if (isQuiet && worked) collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
    worked = !isQuiet;
    before = busyMs();
    timer = clock.after(lookEveryMs, look);
  };
  let timer = clock.after(lookEveryMs, look);
  return () => timer.cancel();
}

const { gc } = globalThis as { gc?: Collect };

function ownBusyMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/** The same for this process. Does nothing in one without `--expose-gc`. */
export const giveBackAtRest = (clock: Clock): (() => void) =>
  gc ? restWith(clock, ownBusyMs, gc) : () => {};
