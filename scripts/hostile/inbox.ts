/** What arrives and is looked at later, in order. A wait that nothing ends fails, and says for what it waited. */
export class Inbox<T> {
  readonly #what: string;
  readonly #items: T[] = [];
  readonly #waiting: ((item: T) => void)[] = [];

  constructor(what: string) {
    this.#what = what;
  }

  put(item: T): void {
    const first = this.#waiting.shift();
    if (first) first(item);
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

  /** The next one that fits; those before it are dropped. */
  async nextWhere<S extends T>(fits: (item: T) => item is S): Promise<S> {
    for (;;) {
      const item = await this.next();
      if (fits(item)) return item;
    }
  }
}
