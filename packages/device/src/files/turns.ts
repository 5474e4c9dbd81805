/** What decides which of the waiting ones may run at the same time. */
export type TurnRules<T> = {
  /** Whether it changes something. What does runs alone; what only looks runs beside others that look. */
  changes(item: T): boolean;
  /** Whether `next`, which came right after the last of the batch, is done in one go with it. */
  joins(batch: readonly T[], next: T): boolean;
  /** Does them. Never rejects. */
  run(batch: readonly T[]): Promise<void>;
  /** Whether another may start now; once this is true again, call `go`. */
  mayStart(): boolean;
};

/**
 * Requests in the order they came, run side by side where nobody can tell the difference: the outcome is as if each had
 * been done before the next was begun (draft, section 6.1). Whoever fills it looks at `waiting` and stops: it has no
 * bound of its own.
 */
export class Turns<T> {
  #rules: TurnRules<T>;
  #queue: T[] = [];
  #next = 0;
  #looking = 0;
  #changing = false;
  #whenIdle: (() => void)[] = [];

  constructor(rules: TurnRules<T>) {
    this.#rules = rules;
  }

  /** How many have not begun. */
  get waiting(): number {
    return this.#queue.length - this.#next;
  }

  push(item: T): void {
    this.#queue.push(item);
  }

  /** Starts what can start. */
  go(): void {
    while (this.#next < this.#queue.length && !this.#changing && this.#rules.mayStart()) {
      const first = this.#queue[this.#next] as T;
      const changes = this.#rules.changes(first);
      if (changes && this.#looking > 0) break;
      const batch = [first];
      this.#next++;
      while (this.#next < this.#queue.length && this.#rules.joins(batch, this.#queue[this.#next] as T))
        batch.push(this.#queue[this.#next++] as T);
      if (changes) this.#changing = true;
      else this.#looking++;
      void this.#rules.run(batch).then(() => {
        if (changes) this.#changing = false;
        else this.#looking--;
        this.go();
      });
    }
    this.#forget();
    if (this.waiting === 0 && this.#looking === 0 && !this.#changing)
      for (const resolve of this.#whenIdle.splice(0)) resolve();
  }

  /** Until nothing waits and nothing runs. */
  idle(): Promise<void> {
    return new Promise((resolve) => {
      this.#whenIdle.push(resolve);
      this.go();
    });
  }

  /** Lets go of what has begun, without moving the rest at every step. */
  #forget(): void {
    if (this.#next === this.#queue.length) {
      this.#queue.length = 0;
      this.#next = 0;
    } else if (this.#next > 512) {
      this.#queue.splice(0, this.#next);
      this.#next = 0;
    }
  }
}
