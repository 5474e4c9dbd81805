import { createHash } from 'node:crypto';
import type { ChannelSession } from '../channels/index.ts';
import { leftOf, type StoredSignIn } from '../state/index.ts';
import type { SignInContext } from './context.ts';
import { ifItCan } from './inMemory.ts';
import type { Account } from './visit.ts';

const minuteMs = 60_000;
/** A sign-in ends after so long without a request, and after so long in any case. */
export const idleMs = 30 * minuteMs;
export const longestMs = 12 * 60 * minuteMs;
/** How often a sign-in that is used is written down again. */
const storeMs = minuteMs;
/** Sign-ins at once that the disk did not take; the oldest end beyond. */
const mostUnstored = 20;

export const tokenId = (token: string): string => createHash('sha256').update(token).digest('hex');

export type SignedIn = { readonly id: string; readonly account: Account };

/** Who is signed in, by what their browser bears. All times count since boot, so that no wrong clock makes them longer. */
export class Visits {
  readonly #context: SignInContext;
  /** When each sign-in was seen last, where that is newer than what is stored. */
  readonly #seen = new Map<string, number>();
  /** Sign-ins that the disk did not take. */
  readonly #unstored = new Map<string, StoredSignIn>();
  /** Those that ended, and that the disk still has. */
  readonly #over = new Set<string>();
  readonly #watchers = new Set<() => void>();

  constructor(context: SignInContext) {
    this.#context = context;
  }

  /** Tells when somebody's sign-in may have ended. @returns how to stop */
  watch(ended: () => void): () => void {
    this.#watchers.add(ended);
    return () => void this.#watchers.delete(ended);
  }

  ended(): void {
    for (const watcher of this.#watchers) watcher();
  }

  /** @returns what the browser is to bear */
  begin(name: string, session: ChannelSession | undefined): string {
    const { state, now, random } = this.#context;
    const token = Buffer.from(random(32)).toString('base64url');
    const { bootId, bootMs } = now();
    const id = tokenId(token);
    const signIn = { id, name, bootId, sinceMs: bootMs, seenMs: bootMs, session: session?.id };
    try {
      state.signIns.add(signIn);
    } catch {
      // On a full disk it goes as far as this process.
      this.#unstored.set(id, signIn);
      const [oldest] = this.#unstored.keys();
      if (this.#unstored.size > mostUnstored && oldest !== undefined) this.#unstored.delete(oldest);
    }
    return token;
  }

  /**
   * The account that a browser's token stands for, through this session or through none; undefined if for none.
   *
   * @param use whether it counts as use: a page that is only open does not
   */
  find(token: string, session: ChannelSession | undefined, use: boolean): SignedIn | undefined {
    const { state, now } = this.#context;
    const id = tokenId(token);
    const found = this.#unstored.get(id) ?? state.signIns.find(id);
    if (!found || this.#over.has(id) || found.session !== session?.id || this.#isOver(found))
      return undefined;
    const account = this.accountOf(found.name);
    if (!account) return undefined;
    if (use) this.#use(id, found.seenMs, now().bootMs);
    return { id, account };
  }

  #use(id: string, storedMs: number, nowMs: number): void {
    this.#seen.set(id, nowMs);
    if (nowMs - storedMs < storeMs) return;
    ifItCan(() => this.#context.state.signIns.seen(id, nowMs));
  }

  /** The account of this name, unless it is over. */
  accountOf(name: string): Account | undefined {
    const { state, now, grant } = this.#context;
    const found = state.administrators.find(name);
    if (!found) return undefined;
    const { temporary, until, totp } = found;
    const common = { name, totp };
    if (!temporary || !until) return { ...common, kind: 'administrator' };
    if ('grant' in until) {
      const current = grant();
      if (current?.id !== until.grant) return undefined;
      return { ...common, kind: 'temporary', until: current.endsAt };
    }
    const moment = now();
    const left = leftOf(found, moment) ?? 0;
    if (left <= 0) return undefined;
    return { ...common, kind: 'temporary', until: moment.wallMs + left };
  }

  end(id: string): void {
    if (!this.#unstored.delete(id)) {
      // Over it is at once, whether the disk takes that or not.
      this.#over.add(id);
      this.#drop(id);
    }
    this.#seen.delete(id);
    this.ended();
  }

  #drop(id: string): void {
    ifItCan(() => {
      this.#context.state.signIns.end(id);
      this.#over.delete(id);
    });
  }

  /** Ends the sign-ins that are over. @returns whose they were */
  sweep(): string[] {
    const { signIns } = this.#context.state;
    for (const id of this.#over) this.#drop(id);
    const over = [...this.#unstored.values(), ...signIns.list()].filter(
      (signIn) => !this.#over.has(signIn.id) && this.#isOver(signIn),
    );
    for (const { id } of over) this.end(id);
    return over.map(({ name }) => name);
  }

  #isOver({ id, bootId, sinceMs, seenMs }: StoredSignIn): boolean {
    const now = this.#context.now();
    const seen = Math.max(seenMs, this.#seen.get(id) ?? 0);
    return bootId !== now.bootId || now.bootMs - sinceMs >= longestMs || now.bootMs - seen >= idleMs;
  }
}
