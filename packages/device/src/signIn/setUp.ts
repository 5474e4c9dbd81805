import { timingSafeEqual } from 'node:crypto';
import type { Random } from '@sallyport/protocol/environment';
import { fail } from '../errors/index.ts';
import type { Administrators } from '../state/index.ts';

/**
 * The first administrator is made by whoever holds the code that the agent printed when it started: 128 random bits,
 * another one at each start, good until there is an administrator. It is not good any more once Remote Support was
 * enabled: whoever is in with a terminal may be able to read what the agent printed.
 */
export class SetUp {
  readonly #administrators: Administrators;
  #code: string | undefined;

  constructor(administrators: Administrators, random: Random) {
    this.#administrators = administrators;
    this.#code = Buffer.from(random(16)).toString('base64url');
  }

  /** Whether there is an administrator who stays. */
  get done(): boolean {
    return this.#administrators.list().some(({ temporary }) => !temporary);
  }

  /** The code to show; undefined when there is nothing to set up. */
  get code(): string | undefined {
    return this.done ? undefined : this.#code;
  }

  /** Makes the code worthless, until the next start. */
  spoil(): void {
    this.#code = undefined;
  }

  /** @throws set-up-done, set-up-code-wrong */
  check(code: string): void {
    if (this.done) throw fail('set-up-done');
    const [shown, own] = [Buffer.from(code), Buffer.from(this.#code ?? '')];
    if (own.length === 0 || shown.length !== own.length || !timingSafeEqual(shown, own))
      throw fail('set-up-code-wrong');
  }
}
