import type { Clock } from '@sallyport/protocol/environment';
import { fail as protocolFail, SallyportError } from '@sallyport/protocol/errors';
import type { Scope } from '@sallyport/protocol/grant';
import { askMs } from '@sallyport/protocol/session';
import { fail } from '../errors/index.ts';

/** Questions that wait for an answer at once: of one session, and in all. */
export const asksOfSession = 3;
export const askLimit = 8;
/** Between two questions of one key, in milliseconds; doubled by each that was not granted, up to the longest. */
export const askRestMs = 60_000;
export const longestAskRestMs = 16 * 60_000;
/** Keys whose last question is remembered: more than a grant can have pins. */
const rememberedKeys = 100;

/** What is missing of what a representative asks for: of it there is at least one. */
export type Wanted = { readonly scopes: readonly Scope[]; readonly forMs: number | undefined };

/** A representative who is in, and asks for more. */
export type Ask = Wanted & {
  /** Short, for `ask grant ID`. Counted from 1 for as long as the agent runs. */
  readonly id: string;
  readonly session: string;
  readonly representative: string;
  /** SHA-256 of the public key, hex. */
  readonly key: string;
  /** Printable. */
  readonly why: string;
  /** Wall clock, milliseconds since 1970. */
  readonly since: number;
};

type Entry = { readonly ask: Ask; readonly settle: (error?: SallyportError) => void };
type Rest = { readonly untilMs: number; readonly refused: number };

/** The questions of representatives that an administrator has not answered yet. */
export class AskDesk {
  readonly #clock: Clock;
  readonly #changed: () => void;
  readonly #entries = new Map<string, Entry>();
  /** By key, so that a new session is no way around it. */
  readonly #rests = new Map<string, Rest>();
  #count = 0;

  constructor(clock: Clock, changed: () => void) {
    this.#clock = clock;
    this.#changed = changed;
  }

  list(): readonly Ask[] {
    return [...this.#entries.values()].map(({ ask }) => ask);
  }

  /**
   * Puts a question.
   *
   * @param signal its reason withdraws the question
   * @returns resolves when it was granted; rejects with ask-refused, ask-timed-out, or the reason of `signal`
   * @throws asks-used-up, ask-too-soon
   */
  put(wish: Omit<Ask, 'id' | 'since'>, signal: AbortSignal): Promise<void> {
    const own = [...this.#entries.values()].filter(({ ask }) => ask.session === wish.session).length;
    if (own >= asksOfSession) throw protocolFail('asks-used-up', { details: { limit: asksOfSession } });
    if (this.#entries.size >= askLimit) throw protocolFail('asks-used-up', { details: { limit: askLimit } });
    this.#mustHaveRested(wish.key);
    this.#count += 1;
    const id = String(this.#count);
    return new Promise((resolve, reject) => {
      const settle = (error?: SallyportError): void => {
        if (!this.#entries.delete(id)) return;
        timer.cancel();
        signal.removeEventListener('abort', onAbort);
        if (error) reject(error);
        else resolve();
        this.#changed();
      };
      const timer = this.#clock.after(askMs, () => {
        this.#notGranted(wish.key);
        settle(protocolFail('ask-timed-out', { details: { minutes: askMs / 60_000 } }));
      });
      const onAbort = (): void => settle(reasonOf(signal));
      this.#entries.set(id, { ask: { ...wish, id, since: this.#clock.wallMs() }, settle });
      signal.addEventListener('abort', onAbort);
      if (signal.aborted) onAbort();
      else this.#changed();
    });
  }

  /** The question of this id; of the only one, if none is given. @throws ask-unknown, ask-ambiguous */
  find(id: string | undefined): Ask {
    const named = this.list().filter((ask) => id === undefined || ask.id === id);
    const ask = named[0];
    if (!ask) throw fail('ask-unknown');
    if (named.length > 1) throw fail('ask-ambiguous', { details: { count: named.length } });
    return ask;
  }

  /** An administrator's answer. What was withdrawn meanwhile needs none. */
  answer({ id, key }: Ask, granted: boolean): void {
    if (granted) this.#rests.delete(key);
    else this.#notGranted(key);
    this.#entries.get(id)?.settle(granted ? undefined : protocolFail('ask-refused'));
  }

  #mustHaveRested(key: string): void {
    const now = this.#clock.monotonicMs();
    const rest = this.#rests.get(key);
    if (rest && rest.untilMs > now) {
      const seconds = Math.ceil((rest.untilMs - now) / 1_000);
      throw protocolFail('ask-too-soon', { details: { seconds } });
    }
    this.#remember(key, { untilMs: now + restMs(rest?.refused ?? 0), refused: rest?.refused ?? 0 });
  }

  #notGranted(key: string): void {
    const refused = (this.#rests.get(key)?.refused ?? 0) + 1;
    this.#remember(key, { untilMs: this.#clock.monotonicMs() + restMs(refused), refused });
  }

  #remember(key: string, rest: Rest): void {
    this.#rests.delete(key);
    this.#rests.set(key, rest);
    const [oldest] = this.#rests.keys();
    if (this.#rests.size > rememberedKeys && oldest !== undefined) this.#rests.delete(oldest);
  }
}

const restMs = (refused: number): number => Math.min(askRestMs * 2 ** refused, longestAskRestMs);

function reasonOf(signal: AbortSignal): SallyportError {
  return signal.reason instanceof SallyportError ? signal.reason : protocolFail('connection-lost');
}
