import type { Clock, Log, Timer } from '@sallyport/protocol/environment';
import {
  type Audit,
  type AuditEvent,
  type AuditFields,
  type AuditTime,
  auditEvents,
  type State,
} from '../state/index.ts';

/** Entries of one kind in an hour. What comes beyond is counted, so that nobody fills the disk from outside. */
export const hourlyLimit = 2_000;
const hourMs = 3_600_000;
/** How long entries gather before they are written together, and after how long a write that failed is tried again. */
const gatherMs = 100;
const retryMs = 5_000;
/** How many entries wait for a disk that takes none. What comes beyond is counted. */
export const waitingCap = 4_000;

type Entry = { readonly event: AuditEvent; readonly fields: AuditFields; readonly when: AuditTime };
type Count = { hour: number; written: number; leftOut: number };

/**
 * Writes what happens at the device into its audit log, a few at a time: a disk that syncs slowly must not slow a
 * session down. Never throws: a full disk keeps nobody from ending a session, and what happened meanwhile is written
 * when there is space again. How many entries of a kind were left out is told in the next hour, at the end of a grant,
 * and when the agent stops.
 */
export class Journal {
  readonly #options: {
    readonly audit: Audit;
    readonly transaction: State['transaction'];
    readonly clock: Clock;
    readonly log: Log;
  };
  readonly #counts = new Map<AuditEvent, Count>();
  #waiting: Entry[] = [];
  #timer: Timer | undefined;

  constructor(options: {
    readonly audit: Audit;
    readonly transaction: State['transaction'];
    readonly clock: Clock;
    readonly log: Log;
  }) {
    this.#options = options;
  }

  write(event: AuditEvent, fields: AuditFields): void {
    const { log } = this.#options;
    const when = this.#now();
    const count = this.#countOf(event, when);
    if (count.written >= hourlyLimit || this.#waiting.length >= waitingCap) {
      count.leftOut += 1;
      return;
    }
    count.written += 1;
    log.info(event, fields);
    this.#waiting.push({ event, fields, when });
    this.#timer ??= this.#options.clock.after(gatherMs, () => this.flush());
  }

  /** Tells how many entries were left out so far: who reads of a grant reads that there was more. */
  tellLeftOut(): void {
    const when = this.#now();
    for (const [event, count] of this.#counts) this.#leaveWord(event, count, when);
    if (this.#waiting.length > 0) this.#timer ??= this.#options.clock.after(gatherMs, () => this.flush());
  }

  /** The last words: all that waits, and what was left out. What a full disk does not take now is lost. */
  close(): void {
    this.flush();
    this.tellLeftOut();
    this.flush();
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** Writes what waits, now. */
  flush(): void {
    const { audit, transaction, log } = this.#options;
    this.#timer?.cancel();
    this.#timer = undefined;
    const entries = this.#waiting;
    this.#waiting = [];
    if (entries.length === 0) return;
    try {
      transaction(() => {
        for (const { event, fields, when } of entries) audit.append(event, fields, when);
      });
    } catch (error) {
      log.error('audit-not-stored-1', { entries: entries.length, error });
      this.#waiting = entries;
      this.#timer = this.#options.clock.after(retryMs, () => this.flush());
    }
  }

  #now(): AuditTime {
    const { audit, clock } = this.#options;
    return audit.moment(clock.wallMs());
  }

  #countOf(event: AuditEvent, when: AuditTime): Count {
    const hour = Math.floor(this.#options.clock.bootMs() / hourMs);
    const count = this.#counts.get(event);
    if (count?.hour === hour) return count;
    if (count) this.#leaveWord(event, count, when);
    const fresh = { hour, written: 0, leftOut: count?.leftOut ?? 0 };
    this.#counts.set(event, fresh);
    return fresh;
  }

  /** Beyond the cap one for each kind: nothing else takes these places. Where they are taken, it is counted on. */
  #leaveWord(event: AuditEvent, count: Count, when: AuditTime): void {
    if (count.leftOut === 0 || this.#waiting.length >= waitingCap + auditEvents.length) return;
    this.#waiting.push({ event: 'entries-left-out-1', fields: { event, count: count.leftOut }, when });
    count.leftOut = 0;
  }
}
