import type { Clock, Timer } from '@sallyport/protocol/environment';
import { lookAtGateway } from './gateway.ts';
import type { GatewayAnswer } from './legs.ts';

const lookEveryMs = 5_000;
/** A round trip that is so much longer or shorter than the one told is worth telling: a quarter, and 2 ms. */
const tellShare = 0.25;
const tellMs = 2;

export type PathWatchOptions = {
  readonly clock: Clock;
  /** Whether anybody needs to know: Remote Support is enabled. */
  readonly wanted: () => boolean;
  /** The round trips that are known now, in milliseconds. */
  readonly roundTrips: () => readonly (number | undefined)[];
  readonly changed: () => void;
  readonly look?: () => GatewayAnswer;
};

/** Looks at the gateway and at round trips every few seconds while somebody may want to know, and tells of changes. */
export class PathWatch {
  readonly #options: PathWatchOptions;
  #gateway: GatewayAnswer;
  #told: readonly (number | undefined)[] = [];
  #timer: Timer | undefined;

  constructor(options: PathWatchOptions) {
    this.#options = options;
  }

  get gateway(): GatewayAnswer {
    return this.#gateway;
  }

  start(): void {
    this.#look();
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #look(): void {
    const { clock, wanted, roundTrips, changed, look = lookAtGateway } = this.#options;
    this.#timer = clock.after(lookEveryMs, () => this.#look());
    if (!wanted()) return;
    const gateway = look();
    const now = roundTrips();
    const same = now.length === this.#told.length && now.every((ms, at) => isNear(ms, this.#told[at]));
    if (same && gateway === this.#gateway) return;
    this.#gateway = gateway;
    this.#told = now;
    changed();
  }
}

function isNear(one: number | undefined, other: number | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return Math.abs(one - other) <= Math.max(tellMs, tellShare * other);
}
