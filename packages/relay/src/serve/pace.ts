/**
 * Starts so many at most in a turn of the event loop, in the order in which they came. A handshake keeps the processor
 * busy for a millisecond or two; a thousand of them in one turn would hold up everybody for seconds, and none of them
 * would be done before its client gives up.
 */
export class Pace {
  readonly #perTurn: number;
  readonly #waiting: (() => void)[] = [];
  #due = false;

  constructor(perTurn: number) {
    this.#perTurn = perTurn;
  }

  /** Runs it in a later turn. Whoever calls bounds how many wait. */
  start(run: () => void): void {
    this.#waiting.push(run);
    this.#goOn();
  }

  #goOn(): void {
    if (this.#due || this.#waiting.length === 0) return;
    this.#due = true;
    setImmediate(() => {
      this.#due = false;
      for (const run of this.#waiting.splice(0, this.#perTurn)) run();
      this.#goOn();
    });
  }
}
