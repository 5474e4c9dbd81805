import type { Duplex } from 'node:stream';
import type { Clock } from '@sallyport/protocol/environment';
import { passedThrough } from '@sallyport/runtime/memory';
import { spliceFlushMs } from '../limits.ts';

/** Bytes that went each way. */
export type SpliceBytes = { readonly fromRepresentative: number; readonly fromDevice: number };

export type Splice = {
  bytes(): SpliceBytes;
  /** Ends both halves now. What was not delivered is lost; the two ends notice by the resumable stream. */
  cut(): void;
  /** Settles when both halves are closed. Never rejects. */
  readonly ended: Promise<void>;
};

/** One half: the stream, and bytes that were read from it before. */
export type Half = { readonly stream: Duplex; readonly early: readonly Uint8Array[] };

/** Copies one way. Its functions are made once: a chunk costs no allocation of ours. */
class Pump {
  bytes = 0;
  readonly #from: Duplex;
  readonly #to: Duplex;

  constructor(from: Duplex, to: Duplex) {
    this.#from = from;
    this.#to = to;
  }

  start(early: readonly Uint8Array[]): void {
    for (const chunk of early) {
      this.bytes += chunk.byteLength;
      this.#to.write(chunk);
    }
    this.#to.on('drain', () => this.#from.resume());
    this.#from.on('data', (chunk: Buffer) => {
      // After the other side has ended, what still comes for it goes nowhere; a write would break its last flush.
      if (this.#to.writableEnded) return;
      this.bytes += chunk.byteLength;
      if (!this.#to.write(chunk)) this.#from.pause();
      passedThrough(chunk.byteLength);
    });
    // A half that waited was paused on purpose; a listener alone does not set such a stream going.
    this.#from.resume();
  }
}

/**
 * Joins the two halves of a session: bytes are copied, not read. A side that is slow holds up the other one by
 * back-pressure; what waits here is one chunk and the write queue's high-water mark each way. When one side ends or
 * breaks, what was read of it is still delivered, for at most ten seconds; then the other one is closed.
 *
 * Both streams must have error listeners already: they were upgraded, and are nobody else's.
 */
export function splice(representative: Half, device: Half, { clock }: { clock: Clock }): Splice {
  const [a, b] = [representative.stream, device.stream];
  const toDevice = new Pump(a, b);
  const toRepresentative = new Pump(b, a);
  let open = 2;
  let finish = (): void => {};
  const ended = new Promise<void>((resolve) => {
    finish = resolve;
  });

  const cut = (): void => {
    a.destroy();
    b.destroy();
  };
  let flush: { cancel(): void } | undefined;
  const endWith = (other: Duplex) => (): void => {
    flush ??= clock.after(spliceFlushMs, cut);
    other.end();
    // Nobody takes what the other side still says; it is read so that its own end is seen.
    other.resume();
  };
  const closed = (): void => {
    open -= 1;
    if (open > 0) return;
    flush?.cancel();
    finish();
  };
  for (const [one, other] of [
    [a, b],
    [b, a],
  ] as const) {
    const end = endWith(other);
    one.on('end', end);
    one.on('close', end);
    one.on('close', closed);
    if (one.closed) {
      end();
      closed();
    }
  }
  toDevice.start(representative.early);
  toRepresentative.start(device.early);
  return {
    bytes: () => ({ fromRepresentative: toDevice.bytes, fromDevice: toRepresentative.bytes }),
    cut,
    ended,
  };
}
