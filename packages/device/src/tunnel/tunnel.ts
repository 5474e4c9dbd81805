import type { Clock, Log, Random, Timer } from '@sallyport/protocol/environment';
import { fail, fromWireError, SallyportError, toWireError } from '@sallyport/protocol/errors';
import type { Ticket } from '@sallyport/protocol/grant';
import type { FromRelay, ToRelay, takable } from '@sallyport/protocol/tunnel';
import { longestRestMs, restMs } from './backoff.ts';
import type { Link, LinkListener } from './link.ts';
import { type Pace, step, type TunnelEffect, type TunnelEvent, type TunnelState } from './machine.ts';

/** How long the relay may take to answer `open`. */
const openMs = 10_000;

export type Opened = Extract<FromRelay, { type: 'opened' }>;
export type Knock = Extract<FromRelay, { type: 'knock' }>;
export type Revoked = Extract<FromRelay, { type: 'revoked' }>;
export type GrantTerms = Omit<Extract<ToRelay, { type: 'open' }>, 'type' | 'version'>;

export type TunnelOptions = {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly version: string;
  /** Makes one connection to the relay, through TLS and WebSocket. */
  readonly dial: (listener: LinkListener, signal: AbortSignal) => Promise<Link>;
  /** The open grant as it is now; undefined when there is none any more. */
  readonly terms: () => GrantTerms | undefined;
  readonly opened: (opened: Opened) => void;
  /** From now on something can be told. */
  readonly up: () => void;
  readonly knock: (knock: Knock) => void;
  readonly revoked: (revoked: Revoked) => void;
  /** The relay has stored the `heads` of this number. */
  readonly noted: (id: number) => void;
  /** The state, the problem or the round trip changed. */
  readonly changed: () => void;
};

/** The device's standing connection to the relay, for as long as a grant is open: dials again for ever. */
export class Tunnel {
  readonly #options: TunnelOptions;
  #state: TunnelState = { at: 'off' };
  #problem: SallyportError | undefined;
  /** What the relay takes besides what every relay does. */
  #takes: readonly string[] = [];
  #link: Link | undefined;
  /** Belongs to the try or connection of now: what an older one still says is passed over. */
  #attempt = new AbortController();
  #rest: Timer | undefined;
  #roundTripMs: number | undefined;

  constructor(options: TunnelOptions) {
    this.#options = options;
  }

  get at(): TunnelState['at'] {
    return this.#state.at;
  }

  /** Why there is no connection; undefined while there is one, or before the first try ended. */
  get problem(): SallyportError | undefined {
    return this.#problem;
  }

  /** To the relay and back, in milliseconds, as last measured on the connection of now. */
  get roundTripMs(): number | undefined {
    return this.#state.at === 'up' ? this.#roundTripMs : undefined;
  }

  start(): void {
    this.#event({ type: 'start' });
  }

  /** Ends the tunnel; with a reason it says first that the grant is over. */
  stop(close?: { grant: GrantTerms['grant']; reason: 'disabled' | 'expired' }): void {
    if (close && this.#state.at === 'up') this.#link?.send({ type: 'close', ...close });
    this.#event({ type: 'stop' });
    this.#problem = undefined;
  }

  /** The grant's scopes or end changed. */
  tellChange(): void {
    const terms = this.#options.terms();
    if (terms && this.#state.at === 'up') this.#link?.send({ type: 'change', ...terms });
  }

  /** Tells it what not every relay takes. @returns whether there is one that does */
  tell(message: Extract<ToRelay, { type: (typeof takable)[number] }>): boolean {
    if (this.#state.at !== 'up' || !this.#takes.includes(message.type)) return false;
    this.#link?.send(message);
    return true;
  }

  decline(ticket: Ticket, error: unknown): void {
    if (this.#state.at === 'up') this.#link?.send({ type: 'decline', ticket, error: toWireError(error) });
  }

  /** Gives up the connection there is, if one is wanted, and makes a new one. */
  redial(): void {
    if (this.#state.at === 'off') return;
    this.#event({ type: 'stop' });
    this.#event({ type: 'start' });
  }

  networkChanged(): void {
    this.#event({ type: 'network' });
  }

  #event(event: TunnelEvent): void {
    const before = this.#state;
    const { state, effects } = step(before, event);
    this.#state = state;
    for (const effect of effects) this.#perform(effect);
    if (state !== before) this.#options.changed();
  }

  #perform(effect: TunnelEffect): void {
    switch (effect.do) {
      case 'dial':
        this.#rest?.cancel();
        void this.#dial();
        return;
      case 'hang-up':
        this.#rest?.cancel();
        this.#attempt.abort();
        this.#link?.close();
        this.#link = undefined;
        return;
      case 'probe':
        this.#link?.probe();
        return;
      case 'rest':
        this.#rest = this.#options.clock.after(this.#restFor(effect.pace, effect.failures), () =>
          this.#event({ type: 'rested' }),
        );
    }
  }

  #restFor(pace: Pace, failures: number): number {
    if (pace === 'jitter') return restMs(failures, this.#options.random);
    if (pace === 'slow') return longestRestMs;
    return pace.asked + restMs(1, this.#options.random);
  }

  async #dial(): Promise<void> {
    const attempt = new AbortController();
    this.#attempt = attempt;
    this.#roundTripMs = undefined;
    const current = (): boolean => this.#attempt === attempt && !attempt.signal.aborted;
    let deadline: Timer | undefined;
    const lost = (error: unknown): void => {
      deadline?.cancel();
      if (current()) this.#lost(error);
    };
    try {
      const link = await this.#options.dial(
        {
          message: (message) => current() && this.#message(message, deadline),
          ended: lost,
          roundTrip: (ms) => {
            if (!current()) return;
            const isFirst = this.#roundTripMs === undefined;
            this.#roundTripMs = ms;
            if (isFirst) this.#options.changed();
          },
        },
        attempt.signal,
      );
      const terms = this.#options.terms();
      if (!current() || !terms) return link.close();
      this.#link = link;
      deadline = this.#options.clock.after(openMs, () =>
        lost(fail('timed-out', { details: { seconds: openMs / 1_000 }, leg: 'relay' })),
      );
      link.send({ type: 'open', version: this.#options.version, ...terms });
    } catch (error) {
      lost(error);
    }
  }

  #message(message: FromRelay, deadline: Timer | undefined): void {
    switch (message.type) {
      case 'opened':
        deadline?.cancel();
        if (message.grant !== this.#options.terms()?.grant) return;
        this.#problem = undefined;
        this.#takes = message.takes;
        this.#options.opened(message);
        this.#event({ type: 'opened', nowMs: this.#options.clock.monotonicMs() });
        this.#options.up();
        return;
      case 'refused':
        deadline?.cancel();
        this.#lost(fromWireError(message.error).at('relay'));
        return;
      case 'knock':
        this.#options.knock(message);
        return;
      case 'noted':
        this.#options.noted(message.id);
        return;
      case 'revoked':
        this.#options.revoked(message);
        return;
      case 'drain':
        this.#lost(fail('relay-draining', { leg: 'relay' }), { asked: message.afterMs });
    }
  }

  #lost(error: unknown, asked?: Pace): void {
    const known = error instanceof SallyportError ? error : fail('internal', { cause: error });
    this.#problem = known;
    this.#options.log.warn('tunnel-lost-1', { code: known.code, leg: known.leg, error: known });
    const slow = known.row.exit === 3 || known.code === 'tunnel-superseded';
    this.#event({
      type: 'lost',
      nowMs: this.#options.clock.monotonicMs(),
      pace: asked ?? (slow ? 'slow' : 'jitter'),
    });
    this.#options.changed();
  }
}
