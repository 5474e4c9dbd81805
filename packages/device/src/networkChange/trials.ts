import type { Clock, Log, Random, Timer } from '@sallyport/protocol/environment';
import { printable } from '@sallyport/protocol/text';
import { z } from 'zod';
import { fail } from '../errors/index.ts';
import type { AuditFields, Settings } from '../state/index.ts';
import { isAlready } from './iproute.ts';
import { startKeeper } from './keep.ts';
import { type Plan, planChange, takeSnapshot } from './plan.ts';
import { endStanding, readStanding, type Standing, takeBack, tellDone, writeStanding } from './standing.ts';
import { carryOutSteps, type Step } from './steps.ts';
import { addressIn, type TrialView, told } from './view.ts';
import { type NetworkWish, networkWishSchema } from './wish.ts';

/** A change is taken back by itself after so long, unless it is confirmed. In milliseconds. */
export const confirmWithinMs = 60_000;
/** The answer to whoever wants a change leaves the device before the change may cut it off. In milliseconds. */
const answerMs = 300;
/** What did not end is tried again so often. In milliseconds. */
const againMs = 2_000;

const keptSchema = z.record(z.string().max(15), networkWishSchema);

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
 */
export class NetworkTrials {
  readonly #options: NetworkTrialsOptions;
  readonly #hands: Hands;
  #standing: Standing | undefined;
  #last: TrialView['last'] = null;
  #timer: Timer | undefined;
  #stopped = false;
  #beginning = false;

  constructor(options: NetworkTrialsOptions) {
    this.#options = options;
    this.#hands = options.hands ?? { plan: planChange, carryOut: carryOutSteps, startKeeper };
  }

  get allowed(): boolean {
    return this.#options.allowed;
  }

  view(): TrialView {
    const standing = this.#standing;
    return {
      last: this.#last,
      standing: standing
        ? {
            id: standing.id,
            interface: standing.wish.interface,
            leftMs: Math.max(0, Math.round(standing.endsAtBootMs - this.#options.clock.bootMs())),
            address: addressIn(standing.wish),
          }
        : null,
    };
  }

  /**
   * Takes up what stood when the agent ended, or takes it back; and sets again what was kept and a boot forgot.
   * Never throws.
   */
  async start(): Promise<void> {
    const { folder, bootId, clock, log, allowed } = this.#options;
    try {
      const found = readStanding(folder);
      const goesOn = found?.bootId === bootId && clock.bootMs() < found.endsAtBootMs;
      if (found && goesOn) {
        this.#stand(found);
        this.#hands.startKeeper(folder, found.id, log);
        return;
      }
      await takeBack(folder, this.#hands.carryOut);
      this.#tellDone();
      if (allowed) await this.#setKept();
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
      await this.#hands.carryOut(standing.keep);
    } catch (error) {
      // It stands all the same, until the next boot.
      log.error('network-not-kept-1', { error });
    }
    if (standing.keep.length === 0) {
      settings.set(
        'network-kept',
        JSON.stringify({ ...this.#kept(), [standing.wish.interface]: standing.wish }),
      );
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
    if (this.#standing !== standing) return;
    try {
      await this.#hands.carryOut(plan.apply);
      // What the network is like now is another answer than a moment ago.
      this.#options.changed();
    } catch (error) {
      this.#options.log.warn('network-not-changed-1', { error });
      if (this.#standing !== standing) return;
      await this.#back('failed', error instanceof Error ? printable(error.message, 300) : '');
    }
  }

  /** Never throws: what fails is tried again. */
  async #back(outcome: 'taken-back' | 'failed', reason?: string): Promise<void> {
    const { folder, clock, log } = this.#options;
    const standing = this.#standing;
    try {
      await takeBack(folder, this.#hands.carryOut);
      if (this.#standing !== standing) return;
      this.#end(outcome, reason);
      this.#tellDone(reason);
    } catch (error) {
      log.error('network-not-taken-back-1', { error });
      if (!this.#stopped) this.#timer = clock.after(againMs, () => void this.#back(outcome, reason));
    }
  }

  #end(outcome: NonNullable<TrialView['last']>['outcome'], reason?: string): void {
    const standing = this.#standing;
    this.#timer?.cancel();
    this.#standing = undefined;
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

  #tellDone(reason?: string): void {
    const done = tellDone(this.#options.folder);
    if (!done) return;
    const { interface: name } = done.wish;
    this.#options.audit('network-taken-back-1', {
      interface: name,
      ...(reason === undefined ? {} : { reason }),
    });
  }

  #kept(): z.output<typeof keptSchema> {
    try {
      return keptSchema.parse(JSON.parse(this.#options.settings.get('network-kept') ?? '{}'));
    } catch {
      return {};
    }
  }

  /** What a boot forgot: iproute2 sets the kernel alone. */
  async #setKept(): Promise<void> {
    for (const wish of Object.values(this.#kept())) {
      try {
        const now = await takeSnapshot(wish.interface);
        if (!now || isAlready(wish, now)) continue;
        const plan = await this.#hands.plan(wish);
        if (plan.setBy === 'iproute2') await this.#hands.carryOut(plan.apply);
      } catch (error) {
        this.#options.log.error('network-not-set-1', { error });
      }
    }
  }
}
