import { createHash, type Hash } from 'node:crypto';
import { z } from 'zod';
import { sha256HexSchema } from '../identity/names.ts';

/** What is listed of something, and what binds all of it: a list stays bounded however long a session was. */
export type Listed<T> = {
  /** How many there were. */
  readonly count: number;
  /** SHA-256 over the JSON text of each, a newline after each, in their order. */
  readonly sha256: string;
  /** The first of them, as many as there was room for. */
  readonly items: readonly T[];
};

export const listedSchema = <T extends z.ZodType>(item: T) =>
  z.strictObject({
    count: z.number().int().min(0),
    sha256: sha256HexSchema,
    items: z.array(item).max(2_000),
  });

/** Gathers a list as a session goes on, in bounded memory. */
export class ListBuilder<T> {
  readonly #budgetBytes: number;
  readonly #hash: Hash = createHash('sha256');
  readonly #items: T[] = [];
  #bytes = 0;
  #count = 0;
  #full = false;

  readonly #form: z.ZodType<T>;

  /**
   * @param form what an item is: it is bound as it is read again, its fields in this order
   * @param budgetBytes what the listed items may take as JSON
   */
  constructor(form: z.ZodType<T>, budgetBytes: number) {
    this.#form = form;
    this.#budgetBytes = budgetBytes;
  }

  get count(): number {
    return this.#count;
  }

  add(given: T): void {
    const item = this.#form.parse(given);
    const text = JSON.stringify(item);
    this.#hash.update(text).update('\n');
    this.#count += 1;
    this.#bytes += Buffer.byteLength(text) + 1;
    // Once one was left out, all after it are: the list is a beginning, not a choice.
    this.#full ||= this.#bytes > this.#budgetBytes;
    if (!this.#full) this.#items.push(item);
  }

  listed(): Listed<T> {
    return { count: this.#count, sha256: this.#hash.copy().digest('hex'), items: [...this.#items] };
  }
}

/** Whether the digest of a list that is told in full is that of its items. One that is cut proves nothing by itself. */
export function isWhole(list: Listed<unknown>): boolean {
  if (list.items.length > list.count) return false;
  if (list.items.length < list.count) return true;
  const hash = createHash('sha256');
  for (const item of list.items) hash.update(JSON.stringify(item)).update('\n');
  return hash.digest('hex') === list.sha256;
}
