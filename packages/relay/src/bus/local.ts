import { EventEmitter } from 'node:events';
import type { Bus, BusEvent } from './events.ts';

/** The bus of a relay with one node. Events arrive later in the same process, never within `publish`. */
export function localBus(): Bus {
  const emitter = new EventEmitter<{ event: [BusEvent] }>();
  let closed = false;
  return {
    publish(event): void {
      queueMicrotask(() => {
        if (!closed) emitter.emit('event', event);
      });
    },
    onEvent(listener): void {
      emitter.on('event', listener);
    },
    onBack(): void {},
    async close(): Promise<void> {
      closed = true;
      emitter.removeAllListeners();
    },
  };
}
