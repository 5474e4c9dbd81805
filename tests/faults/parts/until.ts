import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until it is so. @throws what was waited for, after `withinMs` */
export async function until(what: string, isSo: () => boolean, withinMs: number): Promise<void> {
  const started = performance.now();
  while (!isSo()) {
    if (performance.now() - started > withinMs) throw new Error(`not within ${withinMs} ms: ${what}`);
    await sleep(50);
  }
}

/** Asks again and again until the answer is wanted. @throws the last answer, after `withinMs` */
export async function askUntil<T>(
  ask: () => Promise<T>,
  isWanted: (answer: T) => boolean,
  withinMs: number,
): Promise<T> {
  for (const end = performance.now() + withinMs; ; await sleep(250)) {
    const answer = await ask();
    if (isWanted(answer)) return answer;
    if (performance.now() > end) throw new Error(`the answer stayed ${JSON.stringify(answer)}`);
  }
}
