import { uniform } from '@sallyport/protocol/environment';
import { fail } from '../errors/index.ts';
import type { Administrator, SignInTry, Until } from '../state/index.ts';
import { mustBeGoodPassword } from './commonPassword.ts';
import { type SignInContext, timesOf } from './context.ts';
import { makeTotp, type NewTotp, totpStep } from './totp.ts';
import type { Turns } from './turns.ts';
import type { Account, Visit } from './visit.ts';
import type { Visits } from './visits.ts';

/** How long a secret for one-time codes waits for its first code. */
const pendingMs = 10 * 60_000;
/** No letter or digit that is taken for another one, read out or written by hand. */
const letters = 'abcdefghijkmnpqrstuvwxyz23456789';

/** The accounts of the web interface: their passwords, codes and ends. */
export class Accounts {
  readonly #context: SignInContext;
  readonly #visits: Visits;
  readonly #turns: Turns;
  readonly #pending = new Map<string, { readonly secret: string; readonly since: number }>();

  constructor(context: SignInContext, visits: Visits, turns: Turns) {
    this.#context = context;
    this.#visits = visits;
    this.#turns = turns;
  }

  list(): (Administrator & {
    readonly account: Account | undefined;
    readonly lastSignIn: number | undefined;
  })[] {
    const { administrators, signIns } = this.#context.state;
    return administrators.list().map((one) => ({
      ...one,
      account: this.#visits.accountOf(one.name),
      lastSignIn: signIns.tries(one.name).find(({ ok }) => ok)?.at,
    }));
  }

  /**
   * @param still asked once more before the account is made: throws if it may not be any more
   * @throws administrator-…, password-too-short, password-common, sign-in-busy
   */
  async add(by: Visit, name: string, password: string, still: () => void = () => {}): Promise<void> {
    const { state, now, audit } = this.#context;
    await mustBeGoodPassword(password, name);
    await this.#turns.take({ address: by.address, known: true }, async () => {
      still();
      await state.administrators.add(name, password, now().wallMs);
    });
    audit('administrator-added-1', { name, by: by.account?.name ?? 'set-up' });
  }

  /** @returns the password that was made. @throws not-enabled, administrator-…, sign-in-busy */
  async addTemporary(
    by: Visit,
    wish: { readonly name?: string | undefined; readonly until: 'grant' | { readonly ms: number } },
  ): Promise<{ name: string; password: string; until: number }> {
    const { state, now, audit } = this.#context;
    const name = wish.name ?? `support-${this.#word(4)}`;
    const password = Array.from({ length: 4 }, () => this.#word(5)).join('-');
    const until = temporaryUntil(this.#context, wish.until);
    await this.#turns.take({ address: by.address, known: true }, () =>
      state.administrators.add(name, password, now().wallMs, until),
    );
    const account = this.#visits.accountOf(name);
    if (account?.until === undefined) {
      // The grant ended meanwhile.
      state.administrators.remove(name);
      throw fail('not-enabled');
    }
    audit('administrator-added-1', { name, by: by.account?.name, temporary: true });
    return { name, password, until: account.until };
  }

  /** @throws administrator-unknown, administrator-last */
  remove(by: Visit, name: string): void {
    const { state, audit } = this.#context;
    const others = state.administrators.list().filter((one) => one.name !== name && !one.temporary);
    const found = state.administrators.find(name);
    if (found && !found.temporary && others.length === 0) throw fail('administrator-last');
    state.administrators.remove(name);
    this.#pending.delete(name);
    this.#visits.ended();
    audit('administrator-removed-1', { name, by: by.account?.name });
  }

  /** Changes the own password, which was proved: every other sign-in of this account ends. */
  async changePassword(visit: Visit, name: string, next: string): Promise<void> {
    const { state, audit } = this.#context;
    await mustBeGoodPassword(next, name);
    await this.#turns.take({ address: visit.address, known: true }, async () => {
      if (!visit.alive()) throw fail('sign-in-needed');
      await state.administrators.setPassword(name, next);
    });
    state.transaction(() => {
      state.signIns.endAll(name, visit.signIn);
      state.signIns.forgetBrowsers(name);
    });
    this.#visits.ended();
    audit('administrator-password-changed-1', { name });
  }

  /** The own sign-ins, the newest first. */
  tries(name: string): SignInTry[] {
    return this.#context.state.signIns.tries(name);
  }

  startTotp(name: string): NewTotp {
    const { random, device, now } = this.#context;
    const made = makeTotp(name, device(), random);
    this.#pending.set(name, { secret: made.secret, since: now().bootMs });
    return made;
  }

  /** @throws totp-not-started, totp-wrong */
  confirmTotp(name: string, code: string): void {
    const { state, now, audit } = this.#context;
    const pending = this.#pending.get(name);
    const { bootMs } = now();
    if (!pending || bootMs - pending.since > pendingMs) throw fail('totp-not-started');
    const step = totpStep(pending.secret, code, 0, timesOf(this.#context));
    if (step === undefined) throw fail('totp-wrong');
    state.administrators.setTotp(name, { secret: pending.secret, step });
    this.#pending.delete(name);
    audit('administrator-totp-changed-1', { name, on: true });
  }

  removeTotp(name: string): void {
    this.#context.state.administrators.setTotp(name, undefined);
    this.#context.audit('administrator-totp-changed-1', { name, on: false });
  }

  /** Removes the temporary ones whose time is over. */
  sweep(): void {
    const { state, now, audit } = this.#context;
    const over = state.administrators.sweep(now());
    for (const name of over) audit('administrator-ended-1', { name });
    if (over.length > 0) this.#visits.ended();
  }

  #word(length: number): string {
    const { random } = this.#context;
    return Array.from({ length }, () => letters.charAt(uniform(random, letters.length))).join('');
  }
}

/** @throws not-enabled when there is no grant to end with */
function temporaryUntil(context: SignInContext, until: 'grant' | { readonly ms: number }): Until {
  if (until !== 'grant') return { span: { ...context.now(), leftMs: until.ms, capMs: until.ms } };
  const grant = context.grant();
  if (!grant) throw fail('not-enabled');
  return { grant: grant.id };
}
