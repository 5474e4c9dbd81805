import type { ChannelSession } from '../channels/index.ts';
import { fail } from '../errors/index.ts';
import { isAdministratorName } from '../state/index.ts';
import { Accounts } from './accounts.ts';
import { type SignInContext, timesOf } from './context.ts';
import { ifItCan } from './inMemory.ts';
import { type Caller, Lockout } from './lockout.ts';
import { SetUp } from './setUp.ts';
import { totpStep } from './totp.ts';
import { Turns } from './turns.ts';
import type { Account, Visit } from './visit.ts';
import { tokenId, Visits } from './visits.ts';

export type Credentials = {
  readonly name: string;
  readonly password: string;
  readonly totp?: string | undefined;
};

/** Who may use the web interface: signing in and out, and the accounts. */
export class SignIn {
  readonly #context: SignInContext;
  readonly #lockout: Lockout;
  readonly #turns = new Turns();
  /** The sessions whose representative was told to the log. */
  readonly #greeted = new WeakSet<ChannelSession>();
  /** The newest step of a code that each administrator used, in case it could not be stored. */
  readonly #usedSteps = new Map<string, number>();
  readonly setUp: SetUp;
  readonly visits: Visits;
  readonly accounts: Accounts;

  constructor(context: SignInContext) {
    const { state, now, random } = context;
    this.#context = context;
    this.#lockout = new Lockout({ lockouts: state.lockouts, now, random });
    this.visits = new Visits(context);
    this.setUp = new SetUp(state.administrators, random);
    this.accounts = new Accounts(context, this.visits, this.#turns);
  }

  /** Makes the first administrator, who is signed in then. @throws set-up-done, set-up-code-wrong, password-… */
  async setUpFirst(
    visit: Visit,
    { code, name, password }: { code: string; name: string; password: string },
  ): Promise<Account> {
    this.setUp.check(code);
    await this.accounts.add(visit, name, password, () => this.setUp.check(code));
    return this.#begin(visit, name);
  }

  /** @throws sign-in-wrong, sign-in-locked, sign-in-busy, totp-needed */
  async signIn(visit: Visit, { name, password, totp }: Credentials): Promise<Account> {
    const caller = this.#callerOf(visit, name);
    this.#lockout.check(caller);
    await this.#turns.take({ address: caller.address, known: caller.browser !== undefined }, async () => {
      // Those before us in the queue may have been the last that were free.
      this.#lockout.check(caller);
      await this.#prove(visit, caller, { name, password, totp });
    });
    return this.#begin(visit, name);
  }

  /**
   * The account of whoever comes through a session with the scope `web`: a temporary administrator in their own name,
   * while the session may (design, section 8). The first time is told to the audit log.
   */
  representative(session: ChannelSession): Account | undefined {
    if (!session.allows('web')) return undefined;
    const name = session.representative;
    if (!this.#greeted.has(session)) {
      this.#greeted.add(session);
      this.#context.audit('signed-in-1', { name, kind: 'representative', session: session.id });
    }
    const until = this.#context.grant()?.endsAt;
    return {
      name,
      kind: 'representative',
      totp: false,
      ...(until === undefined ? {} : { until }),
    };
  }

  /** Ends the sign-in that the visit bears, if it bears one. */
  signOut(visit: Visit): void {
    visit.forget();
    if (visit.signIn === undefined) return;
    this.visits.end(visit.signIn);
    this.#context.audit('signed-out-1', { name: visit.account?.name, why: 'sign-out' });
  }

  /** Proves the own password once more, before it is changed. @throws sign-in-wrong, sign-in-locked, sign-in-busy */
  async proveAgain(visit: Visit, password: string): Promise<void> {
    const name = visit.account?.name ?? '';
    const caller = this.#callerOf(visit, name);
    this.#lockout.check(caller);
    await this.#turns.take({ address: caller.address, known: true }, async () => {
      this.#lockout.check(caller);
      if (await this.#context.state.administrators.verify(name, password)) return;
      this.#failed(visit, caller, 'password');
    });
  }

  /** Forgets what is over. Called every few seconds. */
  sweep(): void {
    for (const name of this.visits.sweep()) this.#context.audit('signed-out-1', { name, why: 'time' });
    this.accounts.sweep();
  }

  async #prove(visit: Visit, caller: Caller, { name, password, totp }: Credentials): Promise<void> {
    const { administrators } = this.#context.state;
    if (!(await administrators.verify(name, password)) || !this.visits.accountOf(name)) {
      this.#failed(visit, caller, 'password');
    }
    const own = administrators.totp(name);
    if (!own) return;
    if (totp === undefined) throw fail('totp-needed');
    const after = Math.max(own.step, this.#usedSteps.get(name) ?? 0);
    const step = totpStep(own.secret, totp, after, timesOf(this.#context));
    if (step === undefined) return this.#failed(visit, caller, 'code');
    this.#usedSteps.set(name, step);
    ifItCan(() => administrators.setTotp(name, { secret: own.secret, step }));
  }

  /** @throws sign-in-wrong */
  #failed(visit: Visit, caller: Caller, what: 'password' | 'code'): never {
    const { audit, state, now } = this.#context;
    this.#lockout.failed(caller);
    ifItCan(() => state.signIns.tried(caller.name, { ...this.#entry(visit), at: now().wallMs, ok: false }));
    // What somebody typed who mistook the fields may be a password: only names that there are get into the log.
    const fields = { ...(caller.exists ? { name: caller.name } : {}), ...this.#way(visit) };
    audit('sign-in-failed-1', { ...fields, what });
    const waitMs = this.#lockout.waitMs(caller);
    if (waitMs > 0) audit('sign-in-locked-1', { ...fields, seconds: Math.ceil(waitMs / 1_000) });
    throw fail('sign-in-wrong');
  }

  #begin(visit: Visit, name: string): Account {
    const { state, random, now, audit } = this.#context;
    const account = this.visits.accountOf(name);
    // It may have been removed, or its grant have ended, while we looked at the password.
    if (!account) throw fail('sign-in-wrong');
    const browser = visit.knownBrowser(name) ?? Buffer.from(random(32)).toString('base64url');
    const at = now().wallMs;
    this.#lockout.succeeded(this.#callerOf(visit, name));
    ifItCan(() =>
      state.transaction(() => {
        state.signIns.tried(name, { ...this.#entry(visit), at, ok: true });
        state.signIns.knowBrowser(tokenId(browser), name, at);
      }),
    );
    // Another sign-in of this browser is over with this one.
    if (visit.signIn !== undefined) this.visits.end(visit.signIn);
    const token = this.visits.begin(name, visit.session);
    visit.remember({ token, browser });
    audit('signed-in-1', { name, kind: account.kind, ...this.#way(visit) });
    this.visits.ended();
    return account;
  }

  #callerOf(visit: Visit, name: string): Caller {
    const { administrators, signIns } = this.#context.state;
    const token = visit.knownBrowser(name);
    const browser = token === undefined ? undefined : tokenId(token);
    return {
      name,
      exists: isAdministratorName(name) && administrators.find(name) !== undefined,
      browser: browser !== undefined && signIns.browserKnown(browser, name) ? browser : undefined,
      address: visit.address,
    };
  }

  #way({ address, session }: Visit): { address: string; representative?: string; session?: string } {
    return { address, ...(session ? { representative: session.representative, session: session.id } : {}) };
  }

  #entry({ address, agent }: Visit): { address: string; agent: string } {
    return { address, agent };
  }
}
