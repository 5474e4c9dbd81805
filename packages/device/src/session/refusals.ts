import { exitCodes, SallyportError } from '@sallyport/protocol/errors';

/** How many are remembered: of each key and reason one. */
export const refusalLimit = 20;

/** A key that came and was not let in. */
export type Refusal = {
  readonly representative: string;
  /** SHA-256 of the public key, hex. */
  readonly key: string;
  /** Why. */
  readonly error: SallyportError;
  /** The last time: wall clock, milliseconds since 1970. */
  readonly at: number;
  readonly count: number;
};

/** Who was refused lately, for the administrator to see and to block. In memory, and for one grant. */
export class Refusals {
  readonly #found = new Map<string, Refusal>();

  /** @returns whether it was refused: what failed on its way is nobody's fault */
  add(who: { representative: string; key: string }, error: unknown, at: number): boolean {
    if (!(error instanceof SallyportError) || error.row.exit !== exitCodes.refused) return false;
    const id = `${who.key} ${error.code}`;
    const count = (this.#found.get(id)?.count ?? 0) + 1;
    this.#found.delete(id);
    this.#found.set(id, { ...who, error, at, count });
    const [oldest] = this.#found.keys();
    if (this.#found.size > refusalLimit && oldest !== undefined) this.#found.delete(oldest);
    return true;
  }

  /** The newest first. */
  list(): readonly Refusal[] {
    return [...this.#found.values()].reverse();
  }

  clear(): void {
    this.#found.clear();
  }
}
