import { maxReplayBytes, replayBudgetBytes, replayFloorBytes } from './limits.ts';

/**
 * The memory that the streams of one agent share for what they may have to send again. A stream may grow to its own
 * most, but never beyond what is left for the others: one alone gets 16 MiB, so do the second and third, the fourth and
 * fifth share what remains. Nobody takes all, and everybody keeps a floor that is not counted.
 */
export class ReplayBudget {
  readonly total: number;
  #held = 0;

  constructor(totalBytes: number = replayBudgetBytes) {
    this.total = totalBytes;
  }

  /** What all streams hold now. */
  get held(): number {
    return this.#held;
  }

  /** Whether a stream that holds `held` bytes may take another frame. */
  allows(held: number, most: number = maxReplayBytes): boolean {
    if (held < replayFloorBytes && held < most) return true;
    return held < most && held <= this.total - this.#held;
  }

  /** A stream holds so many bytes more; or less, if negative. */
  account(bytes: number): void {
    this.#held += bytes;
  }
}
