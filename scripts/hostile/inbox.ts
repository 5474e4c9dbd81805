/** What arrives and is looked at later, in order. A wait that nothing ends fails, and says for what it waited. */
export class Inbox<T> {
  readonly #what: string;
  readonly #items: T[] = [];
  readonly #waiting: ((item: T) => void)[] = [];
  #taker: ((item: T) => void) | undefined;

  constructor(what: string) {
    this.#what = what;
  }

  put(item: T): void {
    const first = this.#waiting.shift();
    if (first) first(item);
    else if (this.#taker) this.#taker(item);
    else this.#items.push(item);
  }

  /** All that came and was not taken yet. */
  get left(): readonly T[] {
    return this.#items;
  }

  next(timeoutMs = 15_000): Promise<T> {
    if (this.#items.length > 0) return Promise.resolve(this.#items.shift() as T);
    return new Promise((resolve, reject) => {
      const take = (item: T): void => {
        clearTimeout(timer);
        resolve(item);
      };
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(take), 1);
        reject(new Error(`waited ${timeoutMs} ms for ${this.#what}`));
      }, timeoutMs);
      this.#waiting.push(take);
    });
  }

  /** Has `take` called with whatever arrives while nobody waits for it, until the function that it returns is called. */
  each(take: (item: T) => void): () => void {
    this.#taker = take;
    for (const item of this.#items.splice(0)) take(item);
    return () => {
      this.#taker = undefined;
    };
  }

  /** The next one that fits; those before it are dropped. */
  async nextWhere<S extends T>(fits: (item: T) => item is S): Promise<S> {
    for (;;) {
      const item = await this.next();
      if (fits(item)) return item;
    }
  }
}
