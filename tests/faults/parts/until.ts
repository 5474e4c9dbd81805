import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until it is so. @throws what was waited for, after `withinMs` */
export async function until(what: string, isSo: () => boolean, withinMs: number): Promise<void> {
  const started = performance.now();
  while (!isSo()) {
    if (performance.now() - started > withinMs) throw new Error(`not within ${withinMs} ms: ${what}`);
    await sleep(50);
  }
}
