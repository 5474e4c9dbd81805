import type { Clock, Log, Random, Timer } from '@sallyport/protocol/environment';
import { printable } from '@sallyport/protocol/text';
import { fail } from '../errors/index.ts';
import type { AuditFields, Settings } from '../state/index.ts';
import { startKeeper } from './keep.ts';
import { keepWish, setKept } from './kept.ts';
import { type Plan, planChange } from './plan.ts';
import {
  beginBack,
  endStanding,
  isBeingTakenBack,
  pauseMs,
  readBack,
  readStanding,
  type Standing,
  setSpoiledAside,
  takeBack,
  tellDone,
  writeStanding,
} from './standing.ts';
import { carryOutEach, carryOutSteps, type Step } from './steps.ts';
import { busy, Turn } from './turn.ts';
import { addressIn, type TrialView, told } from './view.ts';
import type { NetworkWish } from './wish.ts';

/** A change is taken back by itself after so long, unless it is confirmed. In milliseconds. */
export const confirmWithinMs = 60_000;
/** The answer to whoever wants a change leaves the device before the change may cut it off. In milliseconds. */
const answerMs = 300;
/** While another process changes the network it is looked so often whether it is done. In milliseconds. */
const againMs = 2_000;

export type NetworkTrialsOptions = {
  readonly folder: string;
  readonly settings: Pick<Settings, 'get' | 'set'>;
  readonly clock: Clock;
  readonly bootId: string;
  readonly random: Random;
  readonly log: Log;
  /** Whether the vendor lets administrators change the network. */
  readonly allowed: boolean;
  readonly audit: (
    event: 'network-changed-1' | 'network-kept-1' | 'network-taken-back-1',
    fields: AuditFields,
  ) => void;
  readonly changed: () => void;
  /** What reaches the network itself; for tests. */
  readonly hands?: Hands;
};
export type Hands = {
  plan(wish: NetworkWish): Promise<Plan>;
  carryOut(steps: readonly Step[]): Promise<void>;
  startKeeper(folder: string, id: string, log: Log): void;
};

/**
 * Changes of the network that stand until they are confirmed, and are taken back otherwise: by the agent when the time
 * is over, by the keeper where the agent is killed or hangs, and by the next start of the agent where both are gone.
 *
 *   nothing  --begin-->    standing
 *   standing --confirm-->  nothing   (kept)
 *   standing --time, take back, a step that fails--> nothing   (as it was before)
 *
 * What fails when it is taken back is tried again after longer and longer, and the page says why; until then it stands.
 */
export class NetworkTrials {
  readonly #options: NetworkTrialsOptions;
  readonly #hands: Hands;
  readonly #turn: Turn;
  #standing: Standing | undefined;
  /** Why it could not be taken back so far, and how often not. */
  #stuck: { readonly reason: string; readonly failures: number } | undefined;
  #spoiled: string | null = null;
  #last: TrialView['last'] = null;
  #timer: Timer | undefined;
  #stopped = false;
  #beginning = false;

  constructor(options: NetworkTrialsOptions) {
    this.#options = options;
    this.#hands = options.hands ?? { plan: planChange, carryOut: carryOutSteps, startKeeper };
    this.#turn = new Turn(options.folder, options.clock);
  }

  get allowed(): boolean {
    return this.#options.allowed;
  }

  view(): TrialView {
    const standing = this.#standing;
    return {
      last: this.#last,
      spoiled: this.#spoiled,
      standing: standing
        ? {
            id: standing.id,
            interface: standing.wish.interface,
            leftMs: Math.max(0, Math.round(standing.endsAtBootMs - this.#options.clock.bootMs())),
            address: addressIn(standing.wish),
            stuck: this.#stuck?.reason ?? null,
          }
        : null,
    };
  }

  /**
   * Takes up what stood when the agent ended, or takes it back; and sets again what was kept and a boot forgot.
   * Never throws.
   */
  async start(): Promise<void> {
    const { folder, bootId, clock, log, allowed, settings } = this.#options;
    try {
      this.#setSpoiledAside();
      const found = readStanding(folder);
      const goesOn = found?.bootId === bootId && clock.bootMs() < found.endsAtBootMs;
      if (found && goesOn) {
        this.#stand(found);
        this.#hands.startKeeper(folder, found.id, log);
        return;
      }
      this.#standing = found ?? readBack(folder);
      if (this.#standing) await this.#back('taken-back');
      else this.#tellDone();
      if (allowed && !this.#standing) {
        await this.#turn.take(() => setKept({ settings, log, hands: this.#hands }));
      }
    } catch (error) {
      log.error('network-not-set-1', { error });
    }
  }

  /** Ends nothing: what stands is the keeper's then. */
  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  /**
   * Changes a network port, a moment later: the answer must leave the device before.
   *
   * @param by who wants it
   * @throws network-change-forbidden, network-trial-standing, network-interface-unknown, network-value-wrong,
   * network-change-failed
   */
  async begin(wish: NetworkWish, by: string): Promise<{ id: string; confirmWithinMs: number }> {
    const { folder, clock, bootId, random, log, allowed, audit } = this.#options;
    if (!allowed) throw fail('network-change-forbidden');
    if (this.#standing || this.#beginning) throw fail('network-trial-standing');
    this.#beginning = true;
    try {
      const plan = await this.#hands.plan(wish);
      const standing: Standing = {
        id: Buffer.from(random(8)).toString('hex'),
        by,
        wish,
        bootId,
        endsAtBootMs: clock.bootMs() + confirmWithinMs,
        back: [...plan.back],
        keep: [...plan.keep],
      };
      writeStanding(folder, standing);
      this.#spoiled = null;
      this.#hands.startKeeper(folder, standing.id, log);
      this.#stand(standing);
      audit('network-changed-1', { by, ...told(wish), setBy: plan.setBy });
      clock.after(answerMs, () => void this.#apply(standing, plan));
      return { id: standing.id, confirmWithinMs };
    } finally {
      this.#beginning = false;
    }
  }

  /** It stays. @throws network-trial-unknown */
  async confirm(id: string, by: string): Promise<void> {
    const { folder, settings, log, audit } = this.#options;
    const standing = this.#mustStand(id);
    if (!endStanding(folder)) throw fail('network-trial-unknown');
    this.#end('kept');
    try {
      // What is being applied comes to its end before.
      await this.#inTurn(standing.keep);
    } catch (error) {
      // It stands all the same, until the next boot.
      log.error('network-not-kept-1', { error });
    }
    if (standing.keep.length === 0) {
      keepWish(settings, standing.wish);
    }
    audit('network-kept-1', { by, ...told(standing.wish) });
  }

  /** It is taken back now. @throws network-trial-unknown */
  async takeBack(id: string): Promise<void> {
    this.#mustStand(id);
    await this.#back('taken-back');
  }

  #mustStand(id: string): Standing {
    const standing = this.#standing;
    if (standing?.id !== id) throw fail('network-trial-unknown');
    return standing;
  }

  #stand(standing: Standing): void {
    const { clock, changed } = this.#options;
    this.#standing = standing;
    this.#timer?.cancel();
    this.#timer = clock.after(
      Math.max(0, standing.endsAtBootMs - clock.bootMs()),
      () => void this.#back('taken-back'),
    );
    changed();
  }

  async #apply(standing: Standing, plan: Plan): Promise<void> {
    const { folder, changed, log } = this.#options;
    if (this.#standing !== standing) return;
    try {
      await this.#inTurn(plan.apply, () => {
        if (isBeingTakenBack(folder)) throw new Error('it is being taken back');
      });
      // What the network is like now is another answer than a moment ago.
      changed();
    } catch (error) {
      log.warn('network-not-changed-1', { error });
      if (this.#standing !== standing || isBeingTakenBack(folder)) return;
      await this.#back('failed', error instanceof Error ? printable(error.message, 300) : '');
    }
  }

  /** @param before is asked before each step, and throws where the rest is not to be. @throws what fails */
  async #inTurn(steps: readonly Step[], before = (): void => {}): Promise<void> {
    const done = await this.#turn.take((sign) => {
      const ask = (): void => {
        before();
        sign();
      };
      return carryOutEach(steps, ask, this.#hands.carryOut);
    });
    if (done === busy) throw new Error('another process changes the network');
  }

  /** Never throws: what fails is tried again. */
  async #back(outcome: 'taken-back' | 'failed', reason?: string): Promise<void> {
    const { folder, changed } = this.#options;
    const standing = this.#standing;
    if (!standing) return;
    this.#timer?.cancel();
    const again = (ms: number): void => {
      if (this.#stopped || this.#standing !== standing) return;
      this.#timer?.cancel();
      this.#timer = this.#options.clock.after(ms, () => void this.#back(outcome, reason));
    };
    try {
      // What is being applied ends with the step at which it is.
      beginBack(folder);
      const found = await this.#turn.take((sign) =>
        takeBack(folder, (steps) => carryOutEach(steps, sign, this.#hands.carryOut), standing),
      );
      if (found === busy) return again(againMs);
      if (this.#standing !== standing) return;
      this.#end(outcome, reason);
      this.#tellDone(reason, standing);
    } catch (error) {
      if (this.#standing !== standing) return;
      const failures = (this.#stuck?.failures ?? 0) + 1;
      if (!this.#stuck) this.#options.log.error('network-not-taken-back-1', { error });
      this.#stuck = { reason: printable(error instanceof Error ? error.message : '', 300), failures };
      again(pauseMs(failures));
      changed();
    }
  }

  /** Of such a file nobody knows what to take back: only people can say whether the network is as it should be. */
  #setSpoiledAside(): void {
    const { folder, log } = this.#options;
    const path = setSpoiledAside(folder);
    if (path === undefined) return;
    log.error('network-trial-spoiled-1', { file: path });
    this.#spoiled = path;
  }

  #end(outcome: NonNullable<TrialView['last']>['outcome'], reason?: string): void {
    const standing = this.#standing;
    this.#timer?.cancel();
    this.#standing = undefined;
    this.#stuck = undefined;
    if (!standing) return;
    this.#last = {
      id: standing.id,
      interface: standing.wish.interface,
      at: new Date(this.#options.clock.wallMs()).toISOString(),
      outcome,
      ...(reason === undefined ? {} : { reason }),
    };
    this.#options.changed();
  }

  #tellDone(reason?: string, known?: Standing): void {
    const done = tellDone(this.#options.folder, known);
    if (!done) return;
    const { interface: name } = done.wish;
    this.#options.audit('network-taken-back-1', {
      interface: name,
      ...(reason === undefined ? {} : { reason }),
    });
  }
}
