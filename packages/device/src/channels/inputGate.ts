/**
 * Whether what a representative sends is let through at the moment. While the administrator holds it, everything they
 * send waits where the windows bound it: nothing is lost, and all of it goes on in the order in which it came. What the
 * device sends is not touched.
 */
export class InputGate {
  readonly #listeners = new Set<() => void>();
  #held = false;

  get held(): boolean {
    return this.#held;
  }

  hold(): void {
    this.#turn(true);
  }

  release(): void {
    this.#turn(false);
  }

  #turn(held: boolean): void {
    if (this.#held === held) return;
    this.#held = held;
    for (const listener of [...this.#listeners]) if (this.#listeners.has(listener)) listener();
  }

  /** Calls `listener` whenever it is held, and whenever it is released. @returns how to stop that */
  onChange(listener: () => void): () => void {
    const one = (): void => listener(); // The same function may be given twice.
    this.#listeners.add(one);
    return () => void this.#listeners.delete(one);
  }

  /** Resolves when input is let through, or when nobody waits for that any more. */
  passed(over: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (this.#held && !over.aborted) return;
        stop();
        over.removeEventListener('abort', look);
        resolve();
      };
      const stop = this.onChange(look);
      over.addEventListener('abort', look);
      look();
    });
  }
}
