import { type Random, uniform } from '../environment/index.ts';

/** Nine digits that prove an administrator's consent. Prints as `[secret]`; read with `digits()`. */
export class Otp {
  readonly #digits: string;

  private constructor(digits: string) {
    this.#digits = digits;
  }

  /** A new one, each of the 10^9 as likely as the other: 29.9 bits, spent on at most five guesses. */
  static make(random: Random): Otp {
    return new Otp(String(uniform(random, 1_000_000_000)).padStart(9, '0'));
  }

  /** What a person typed: nine digits, with spaces or hyphens wherever they like; undefined if it is none. */
  static parse(text: string): Otp | undefined {
    if (text.length > 64) return undefined;
    const digits = text.replace(/[\s\-\u2010-\u2015]/g, '');
    return /^[0-9]{9}$/.test(digits) ? new Otp(digits) : undefined;
  }

  /** The nine ASCII digits: the password of CPace. */
  digits(): string {
    return this.#digits;
  }

  /** In groups of three, as the page shows it and people read it out. */
  grouped(): string {
    return this.#digits.replace(/(\d{3})(?=\d)/g, '$1-');
  }

  toString(): string {
    return '[secret]';
  }

  toJSON(): string {
    return '[secret]';
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '[secret]';
  }
}
