import type { Duplex } from 'node:stream';
import type { Clock } from '@sallyport/protocol/environment';
import { fail } from '@sallyport/protocol/errors';
import { heldBytes, heldConnections, heldMs, heldPerDevice } from '../limits.ts';
import { switchProtocols } from '../session/index.ts';

/**
 * Connections that devices hold to see how long one lives on which nothing is said. Each byte that comes is said back;
 * the relay says nothing by itself, nor does its kernel. They have nothing to do with tunnels, grants and sessions.
 */
export class HeldConnections {
  readonly #clock: Clock;
  readonly #held = new Map<Duplex, string>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#held.size;
  }

  /** Holds a connection of this device. @throws device-busy when it, or the node, has too many already */
  hold(stream: Duplex, head: Buffer, device: string): void {
    const own = [...this.#held.values()].filter((one) => one === device).length;
    if (own >= heldPerDevice || this.#held.size >= heldConnections)
      throw fail('device-busy', { leg: 'relay' });
    this.#held.set(stream, device);
    const timer = this.#clock.after(heldMs, () => stream.destroy());
    let left = heldBytes;
    const echo = (bytes: Buffer): void => {
      left -= bytes.length;
      if (left < 0) stream.destroy();
      else stream.write(bytes);
    };
    stream.on('close', () => {
      timer.cancel();
      this.#held.delete(stream);
    });
    // What the kernel says to see whether the other side lives would keep the connection alive.
    if ('setKeepAlive' in stream && typeof stream.setKeepAlive === 'function') stream.setKeepAlive(false);
    switchProtocols(stream);
    if (head.length > 0) echo(head);
    stream.on('data', echo);
    stream.on('end', () => stream.end());
  }

  end(): void {
    for (const stream of this.#held.keys()) stream.destroy();
  }
}
