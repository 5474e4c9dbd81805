import { fail, type SallyportError } from '@sallyport/protocol/errors';

/** Half sessions at once: dialled back for, and not yet a session (design, section 9). */
export const halfLimit = 8;
export const halfLimitOfOne = 4;

/** One knock that is being followed. `signal` aborts, by a SallyportError, when it may not go on. */
export type Half = { readonly key: string; readonly signal: AbortSignal; done(): void };

/** The half sessions of the device, bounded, and ended together with the grant or the key they are for. */
export class Halves {
  readonly #open = new Map<AbortController, string>();

  /** @throws device-busy */
  begin(key: string): Half {
    const own = [...this.#open.values()].filter((other) => other === key).length;
    if (this.#open.size >= halfLimit || own >= halfLimitOfOne) throw fail('device-busy', { leg: 'device' });
    const controller = new AbortController();
    this.#open.set(controller, key);
    return { key, signal: controller.signal, done: () => void this.#open.delete(controller) };
  }

  /** Ends those of one key, or all. */
  end(error: SallyportError, key?: string): void {
    for (const [controller, owner] of this.#open) {
      if (key === undefined || owner === key) controller.abort(error);
    }
  }

  get size(): number {
    return this.#open.size;
  }
}
