import type { ServerResponse } from 'node:http';
import type { Clock, Timer } from '@sallyport/protocol/environment';
import { fail } from '@sallyport/protocol/errors';
import type { Visit } from '../signIn/index.ts';
import type { ApiSubject } from './route.ts';

/** How often it is looked whether those who listen still may, in milliseconds: they do not ask again by themselves. */
const lookMs = 5_000;

/** Streams at once of one sign-in, of one session, and of all sessions together: those leave places for people on site. */
const signInCap = 12;
const sessionCap = 6;
const sessionsCap = 12;

/** The streams of events that are open: each ends with the sign-in that it was opened by. */
export class OpenStreams {
  readonly #open = new Map<ServerResponse, Visit>();
  readonly #clock: Clock;
  readonly #unwatch: () => void;
  #timer: Timer | undefined;

  constructor({ clock, signIn }: Pick<ApiSubject, 'signIn'> & { readonly clock: Clock }) {
    this.#clock = clock;
    this.#unwatch = signIn.visits.watch(() => this.#look());
  }

  /** @throws rate-limited */
  mustHavePlace({ session, signIn }: Visit): void {
    const others = [...this.#open.values()];
    const full = session
      ? others.filter((other) => other.session === session).length >= sessionCap ||
        others.filter((other) => other.session !== undefined).length >= sessionsCap
      : signIn !== undefined && others.filter((other) => other.signIn === signIn).length >= signInCap;
    if (full) throw fail('rate-limited', { details: { limit: 'streams that are open' } });
  }

  add(response: ServerResponse, visit: Visit): void {
    this.#open.set(response, visit);
    response.once('close', () => this.#open.delete(response));
    this.#timer ??= this.#clock.after(lookMs, () => this.#look());
  }

  #look(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    for (const [response, visit] of this.#open) if (!visit.alive()) response.destroy();
    if (this.#open.size > 0) this.#timer = this.#clock.after(lookMs, () => this.#look());
  }

  close(): void {
    this.#unwatch();
    this.#timer?.cancel();
    for (const response of this.#open.keys()) response.destroy();
  }
}
