import { X509Certificate } from 'node:crypto';
import { renewalAnswerSchema } from '@sallyport/protocol/enrolment';
import type { Clock, Log, Timer } from '@sallyport/protocol/environment';
import { verifyPeer } from '@sallyport/protocol/identity';
import { request } from '@sallyport/runtime/http';
import type { DeviceIdentity, IdentityStore } from '../identity/index.ts';
import type { RelayTime } from '../tunnel/index.ts';
import type { RelayPath } from './relayPath.ts';

/** How often the certificate's dates are looked at, also while Remote Support is disabled. */
const lookEveryMs = 24 * 3_600_000;
const firstLookMs = 60_000;
const askMs = 30_000;

/** Whether a certificate has less than a third of its time left. @param now milliseconds since 1970 */
export function isDue(
  { notBefore, notAfter }: { notBefore: number; notAfter: number },
  now: number,
): boolean {
  return notAfter - now < (notAfter - notBefore) / 3;
}

export type RenewalOptions = {
  readonly clock: Clock;
  readonly log: Log;
  readonly identity: IdentityStore;
  readonly path: Pick<RelayPath, 'connect'>;
  readonly time: Pick<RelayTime, 'best'>;
  readonly renewed: () => void;
};

/**
 * Renews the device's certificate by itself (design, section 5): once a day it looks at the dates, and calls the relay
 * only when less than a third of the time is left. That call is all that a device does while it is disabled; without
 * it, a device that nobody enables for two years could not be enabled any more.
 */
export class Renewal {
  readonly #options: RenewalOptions;
  readonly #stop = new AbortController();
  #timer: Timer | undefined;
  #running = false;

  constructor(options: RenewalOptions) {
    this.#options = options;
  }

  start(): void {
    const { clock } = this.#options;
    const next = (ms: number): void => {
      this.#timer = clock.after(ms, () => {
        this.look();
        next(lookEveryMs);
      });
    };
    next(firstLookMs);
  }

  stop(): void {
    this.#timer?.cancel();
    this.#stop.abort();
  }

  /** Renews if it is due. A failure is logged; the next look comes. */
  look(): void {
    const { identity, time, log } = this.#options;
    const own = identity.find();
    if (!own || this.#running || !isDue(own, time.best())) return;
    this.#running = true;
    this.#renew(own)
      .catch((error: unknown) => log.warn('certificate-not-renewed-1', { error }))
      .finally(() => {
        this.#running = false;
      });
  }

  async #renew(own: DeviceIdentity): Promise<void> {
    const { clock, path, identity, renewed } = this.#options;
    const { signal } = this.#stop;
    const socket = await path.connect(signal);
    const answer = await request(socket, {
      method: 'POST',
      path: '/v1/renewals',
      host: own.host,
      body: { v: 1 },
      answer: renewalAnswerSchema,
      clock,
      signal,
      timeoutMs: askMs,
    });
    const leaf = new X509Certificate(answer.certificate);
    verifyPeer(leaf.raw, 'device', null, own.authority);
    identity.renew(answer.certificate);
    renewed();
  }
}
