import { createHmac } from 'node:crypto';
import type { Random } from '@sallyport/protocol/environment';
import { fail } from '../errors/index.ts';
import type { Moment } from '../grant/index.ts';
import type { Failures, Lockouts } from '../state/index.ts';
import { alsoInMemory } from './inMemory.ts';

/** How failures become waiting: some are free, then the wait doubles up to `longestMs`. */
export type LockRule = {
  readonly free: number;
  readonly firstMs: number;
  readonly longestMs: number;
  /** After so long without another failure, all are forgotten. */
  readonly forgetMs: number;
};

const minuteMs = 60_000;
/** By what a caller is counted. Many may share an address; only one knows an account's password. */
export const lockRules = {
  account: { free: 5, firstMs: 30_000, longestMs: 15 * minuteMs, forgetMs: 24 * 60 * minuteMs },
  browser: { free: 5, firstMs: 30_000, longestMs: 15 * minuteMs, forgetMs: 24 * 60 * minuteMs },
  address: { free: 20, firstMs: 30_000, longestMs: 15 * minuteMs, forgetMs: 60 * minuteMs },
} as const satisfies { readonly [kind: string]: LockRule };

/** How long nobody is answered any more, in milliseconds. Failures of another boot count from now. */
export function waitMs(rule: LockRule, failures: Failures | undefined, now: Moment): number {
  if (!failures || failures.count < rule.free) return 0;
  const passed = passedMs(failures, now);
  if (passed >= rule.forgetMs) return 0;
  const wait = Math.min(rule.longestMs, rule.firstMs * 2 ** (failures.count - rule.free));
  return Math.max(0, wait - passed);
}

const passedMs = (failures: Failures, now: Moment): number =>
  failures.bootId === now.bootId ? Math.max(0, now.bootMs - failures.lastMs) : 0;

/** Who tries to sign in, as far as it matters for counting. */
export type Caller = {
  readonly name: string;
  /** Whether there is such an administrator. */
  readonly exists: boolean;
  /** SHA-256 of what a browser bears that signed in with this name before. */
  readonly browser: string | undefined;
  readonly address: string;
};

/**
 * Guessing passwords: each wrong one counts against the account and the address, and both have to wait, longer each
 * time, to a quarter of an hour. So that nobody can lock an administrator out for ever by guessing wrong on purpose, a
 * browser from which that administrator signed in before is counted by itself, and by nothing else. What is tried
 * while there is a wait is neither looked at nor counted.
 */
export class Lockout {
  readonly #lockouts: Lockouts;
  readonly #now: () => Moment;
  readonly #secret: Uint8Array;

  constructor(options: { lockouts: Lockouts; now: () => Moment; random: Random }) {
    this.#lockouts = alsoInMemory(options.lockouts);
    this.#now = options.now;
    this.#secret = options.random(32);
  }

  /** @throws sign-in-locked */
  check(caller: Caller): void {
    const wait = this.waitMs(caller);
    if (wait > 0) throw fail('sign-in-locked', { details: { seconds: Math.ceil(wait / 1_000) } });
  }

  /** How long this caller has to wait, in milliseconds. */
  waitMs(caller: Caller): number {
    const now = this.#now();
    return Math.max(
      ...this.#counters(caller).map(({ who, rule }) => {
        const failures = this.#lockouts.find(who);
        // The first time that it is seen after a reboot: only so does a wait that was under way end at all.
        if (failures && failures.bootId !== now.bootId) this.#stamp(who, failures.count, now);
        return waitMs(rule, failures, now);
      }),
    );
  }

  failed(caller: Caller): void {
    const now = this.#now();
    for (const { who, rule } of this.#counters(caller)) {
      const failures = this.#lockouts.find(who);
      const forgotten = !failures || passedMs(failures, now) >= rule.forgetMs;
      this.#stamp(who, forgotten ? 1 : failures.count + 1, now);
    }
  }

  /** An address's failures stay: an account of one's own must not be the way to go on guessing at others. */
  succeeded(caller: Caller): void {
    for (const { who, kind } of this.#counters(caller)) if (kind !== 'address') this.#lockouts.forget(who);
  }

  #stamp(who: string, count: number, now: Moment): void {
    this.#lockouts.set(who, { count: Math.min(count, 1_000), bootId: now.bootId, lastMs: now.bootMs });
  }

  #counters(caller: Caller): { who: string; kind: keyof typeof lockRules; rule: LockRule }[] {
    const { name, exists, browser, address } = caller;
    const counter = (kind: keyof typeof lockRules, id: string) => ({
      who: `${kind}:${id}`,
      kind,
      rule: lockRules[kind],
    });
    if (browser !== undefined) return [counter('browser', browser)];
    return [
      counter('account', exists ? name : this.#nobody(name)),
      counter('address', countedAddress(address)),
    ];
  }

  /** Names that nobody has are locked alike, so that it does not show; but share 256 places, so that they stay few. */
  #nobody(name: string): string {
    return `?${createHmac('sha256', this.#secret).update(name).digest('hex').slice(0, 2)}`;
  }
}

/** An IPv6 customer has a network of 64 bits at least: that is what counts. */
export function countedAddress(address: string): string {
  if (!address.includes(':') || address.startsWith('session of ')) return address;
  const [head = '', tail] = address.split('::');
  const before = head.split(':').filter((part) => part !== '');
  const after = (tail ?? '').split(':').filter((part) => part !== '');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length);
  const groups = [...before, ...Array<string>(zeros).fill('0'), ...after];
  return `${groups.slice(0, 4).join(':')}::/64`;
}
