import type { Clock } from '../environment/index.ts';
import { fail, type SallyportError } from '../errors/index.ts';

/** A moment after which nobody waits any more. */
export type Deadline = {
  /** Aborts then, by a SallyportError. */
  readonly signal: AbortSignal;
  /** Takes the timer away. The signal stays as it is. */
  cancel(): void;
};

/** A deadline `ms` milliseconds from now, by `clock`; `error` is what a wait that it ends throws. */
export function deadlineAfter(
  clock: Clock,
  ms: number,
  error: SallyportError = fail('timed-out', { details: { seconds: ms / 1_000 } }),
): Deadline {
  const controller = new AbortController();
  const timer = clock.after(ms, () => controller.abort(error));
  return { signal: controller.signal, cancel: () => timer.cancel() };
}
