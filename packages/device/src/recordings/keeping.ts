import type { Clock, Log, Timer } from '@sallyport/protocol/environment';
import type { GrantId } from '@sallyport/protocol/grant';
import type { RecordingId } from '@sallyport/protocol/recording';
import type { AuditEvent, AuditFields } from '../state/index.ts';
import type { RecordingsFolder } from './folder.ts';
import { lockRecording } from './lock.ts';
import { iso, type Moment } from './moment.ts';
import type { RecordingPolicy } from './policy.ts';
import { keepQuota } from './quota.ts';
import type { Signer } from './signer.ts';
import { dateTorn } from './tornDate.ts';

/** How often the quota is looked at, and how soon after a recording has ended. In milliseconds. */
const keepMs = 3_600_000;
const keepSoonMs = 2_000;

export type KeepingOptions = {
  readonly folder: RecordingsFolder;
  readonly clock: Clock;
  readonly moment: () => Moment;
  readonly policy: () => RecordingPolicy;
  /** Of age: to whom recordings are encrypted once they have ended. */
  readonly recipients?: readonly string[];
  /** The grant that is waiting or open. */
  readonly grant: () => GrantId | undefined;
  readonly isRunning: (id: RecordingId) => boolean;
  readonly signer: () => Signer;
  readonly log: Log;
  readonly audit: (event: AuditEvent, fields: AuditFields) => void;
};

/** Keeps the quota of recordings, and encrypts what has ended if that is wanted. */
export class Keeping {
  readonly #options: KeepingOptions;
  #stopped = false;
  #timer: Timer | undefined;
  #locking: Promise<void> = Promise.resolve();

  constructor(options: KeepingOptions) {
    this.#options = options;
  }

  start(): void {
    this.#stopped = false;
    this.#keep();
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  /** A recording has ended. */
  soon(): void {
    this.#after(keepSoonMs);
  }

  /** Resolves when nothing is being encrypted. */
  idle(): Promise<void> {
    return this.#locking;
  }

  #after(ms: number): void {
    this.#timer?.cancel();
    if (this.#stopped) return;
    this.#timer = this.#options.clock.after(ms, () => this.#keep());
  }

  #keep(): void {
    const { folder, policy, grant, moment, audit, log, isRunning, recipients = [] } = this.#options;
    const { ms, clock } = moment();
    const nowMs = clock === 'relay' ? ms : undefined;
    try {
      const keepMs = policy().keepDays * 86_400_000;
      if (nowMs !== undefined) dateTorn(folder, { nowMs, keepMs, isRunning });
      const removals = keepQuota(folder, { policy: policy(), grant: grant(), isRunning, nowMs });
      for (const { why, files, bytes } of removals) {
        audit('recordings-removed-1', { count: files.length, bytes, upTo: files.at(-1)?.id, why });
      }
      if (recipients.length > 0) this.#locking = this.#locking.then(() => this.#lock(recipients));
    } catch (error) {
      log.error('recordings-not-kept-1', { error });
    }
    this.#after(keepMs);
  }

  /** One after the other. Never throws. */
  async #lock(recipients: readonly string[]): Promise<void> {
    const { folder, moment, log, isRunning, signer } = this.#options;
    for (const file of folder.list()) {
      if (this.#stopped) return; // The next start goes on.
      if (file.locked || isRunning(file.id)) continue;
      try {
        await lockRecording(file, { recipients, sign: signer().sign, at: iso(moment().ms) });
      } catch (error) {
        log.error('recording-not-encrypted-1', { recording: file.id, error });
      }
    }
  }
}
