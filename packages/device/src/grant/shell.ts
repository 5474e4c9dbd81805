import type { Clock, Log, Random, Timer } from '@sallyport/protocol/environment';
import { fail as protocolFail, type SallyportError } from '@sallyport/protocol/errors';
import { Otp } from '@sallyport/protocol/grant';
import { fail } from '../errors/index.ts';
import type { State } from '../state/index.ts';
import type { GrantState } from './grant.ts';
import { type GrantEffect, type GrantEvent, type GrantStep, step } from './machine.ts';
import { type Moment, runOn, takeUp } from './span.ts';

const tickMs = 1_000;
/** How much of a grant's time a power cut can hide at most. */
const storeEveryMs = 10_000;

/** Effects that reach beyond the grant: the agent performs them. */
export type OutwardEffect = Exclude<
  GrantEffect,
  { do: 'make-otp' } | { do: 'forget-otp' } | { do: 'record' }
>;

export type GrantShellOptions = {
  readonly state: Pick<State, 'grants' | 'audit' | 'transaction'>;
  readonly clock: Clock;
  /** Changes with every boot of the machine. */
  readonly bootId: string;
  readonly random: Random;
  readonly log: Log;
  readonly perform: (effect: OutwardEffect) => void;
  /** After every change that somebody can see; not after a mere second. */
  readonly changed: () => void;
};

/** Keeps the grant: asks the machine, stores what it says, performs its effects, and holds the OTP's digits. */
export class GrantShell {
  readonly #options: GrantShellOptions;
  #state: GrantState = { at: 'disabled' };
  #otp: Otp | undefined;
  #timer: Timer | undefined;
  #storedAt = Number.NEGATIVE_INFINITY;
  #unsaved = false;

  constructor(options: GrantShellOptions) {
    this.#options = options;
  }

  get state(): GrantState {
    return this.#state;
  }

  /** The digits, while the OTP is live. */
  get otp(): Otp | undefined {
    return this.#otp;
  }

  /** What is left of the grant at this moment, in milliseconds; 0 without one. */
  leftMs(): number {
    const state = this.#state;
    if (state.at !== 'waiting' && state.at !== 'open') return 0;
    return runOn(state.grant.span, this.now()).leftMs;
  }

  now(): Moment {
    const { clock, bootId } = this.#options;
    return { bootId, bootMs: clock.bootMs(), wallMs: clock.wallMs() };
  }

  /** Takes up the grant that the data folder holds, by the clock rule. @throws state-damaged, state-unwritable */
  start(): void {
    this.#state = this.#options.state.grants.load();
    if (this.#state.at === 'waiting' || this.#state.at === 'open') {
      this.apply({ type: 'restarted', span: takeUp(this.#state.grant.span, this.now()) });
    }
    this.#tick();
  }

  /** Stores what is left, and ends the tick. The grant goes on when the agent starts again. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    try {
      this.#advance();
      this.#save([]);
    } catch (error) {
      this.#options.log.error('grant-not-stored-1', { error });
    }
  }

  /**
   * Something happened to the grant. When this returns, it is on the disk.
   *
   * @throws already-enabled, not-enabled, otp-none, otp-void, state-unwritable
   */
  apply(event: GrantEvent): void {
    if (event.type !== 'elapsed') this.#advance();
    const result = step(this.#state, event);
    if (result.refused !== undefined) throw refusal(result.refused);
    if (result.state === this.#state && result.effects.length === 0) return;
    if (result.state.at === 'ended') {
      this.#end(result);
      return;
    }
    const before = this.#state;
    this.#state = result.state;
    try {
      this.#save(result.effects);
    } catch (error) {
      this.#state = before;
      throw error;
    }
    this.#perform(result.effects);
    this.#options.changed();
  }

  /** The end comes first and is stored second: a full disk keeps nobody in. What was not stored is tried again. */
  #end(result: GrantStep): void {
    this.#state = result.state;
    this.#perform(result.effects);
    try {
      this.#save(result.effects);
    } catch (error) {
      this.#unsaved = true;
      this.#options.log.error('grant-not-stored-1', { error });
    }
    this.#options.changed();
  }

  /** Lets the time since the last look pass, so that whatever is stored next carries the right end. */
  #advance(): void {
    const state = this.#state;
    if (state.at !== 'waiting' && state.at !== 'open') return;
    this.#state = { ...state, grant: { ...state.grant, span: runOn(state.grant.span, this.now()) } };
  }

  #tick(): void {
    try {
      this.#pass();
    } catch (error) {
      this.#options.log.error('grant-not-stored-1', { error });
    }
    const left = this.leftMs();
    this.#timer = this.#options.clock.after(left > 0 ? Math.min(tickMs, left) : tickMs, () => this.#tick());
  }

  #pass(): void {
    const state = this.#state;
    if (this.#unsaved) this.#save([]);
    if (state.at !== 'waiting' && state.at !== 'open') return;
    const result = step(state, { type: 'elapsed', span: runOn(state.grant.span, this.now()) });
    if (result.state.at === 'ended') {
      this.#end(result);
      return;
    }
    this.#state = result.state;
    if (this.#options.clock.bootMs() - this.#storedAt >= storeEveryMs) this.#save([]);
  }

  #save(effects: readonly GrantEffect[]): void {
    const { state, clock } = this.#options;
    state.transaction(() => {
      state.grants.save(this.#state, clock.wallMs());
      for (const effect of effects) {
        if (effect.do === 'record') state.audit.append(effect.event, effect.fields, clock.wallMs());
      }
    });
    this.#storedAt = clock.bootMs();
    this.#unsaved = false;
  }

  #perform(effects: readonly GrantEffect[]): void {
    for (const effect of effects) {
      switch (effect.do) {
        case 'make-otp':
          this.#otp = Otp.make(this.#options.random);
          break;
        case 'forget-otp':
          this.#otp = undefined;
          break;
        case 'record':
          this.#options.log.info(effect.event, effect.fields);
          break;
        default:
          this.#options.perform(effect);
      }
    }
  }
}

function refusal(code: NonNullable<GrantStep['refused']>): SallyportError {
  return code === 'otp-none' || code === 'otp-void' ? protocolFail(code) : fail(code);
}
