import type { EventEmitter } from 'node:events';
import type { RunningRelay } from './relay.ts';

/**
 * Ends a relay by the signals of its process: the first one drains it, a second one ends it at once.
 *
 * @param signals the process
 * @returns what settles when the relay has ended; rejects if it could not end in order
 */
export function endedBySignal(
  relay: Pick<RunningRelay, 'drain' | 'stop'>,
  { drainMs, signals }: { drainMs: number; signals: EventEmitter },
): Promise<void> {
  return new Promise((resolve, reject) => {
    let asked = false;
    const end = (): void => {
      (asked ? relay.stop() : relay.drain(drainMs)).then(resolve, reject);
      asked = true;
    };
    signals.on('SIGTERM', end);
    signals.on('SIGINT', end);
  });
}
