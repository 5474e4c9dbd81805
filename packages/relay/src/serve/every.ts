import type { Clock, Timer } from '@sallyport/protocol/environment';

/** Runs `act` again and again; the answer stops it. */
export function every(clock: Clock, ms: number, act: () => void): () => void {
  let timer: Timer;
  const next = (): void => {
    timer = clock.after(ms, () => {
      next();
      act();
    });
  };
  next();
  return () => timer.cancel();
}
