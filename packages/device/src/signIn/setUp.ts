import { timingSafeEqual } from 'node:crypto';
import type { Random } from '@sallyport/protocol/environment';
import { fail } from '../errors/index.ts';
import type { Administrators } from '../state/index.ts';

/**
 * The first administrator is made by whoever holds the code that the agent printed when it started: 128 random bits,
 * another one at each start, good until there is an administrator.
 */
export class SetUp {
  readonly #administrators: Administrators;
  readonly #code: string;

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

  /** @throws set-up-done, set-up-code-wrong */
  check(code: string): void {
    if (this.done) throw fail('set-up-done');
    const [shown, own] = [Buffer.from(code), Buffer.from(this.#code)];
    if (shown.length !== own.length || !timingSafeEqual(shown, own)) throw fail('set-up-code-wrong');
  }
}
