import { hash as digest } from 'node:crypto';
import type { ClockState } from './audit.ts';

export const chainStart = '0'.repeat(64);

/** An entry as it is stored. */
export type AuditRow = {
  readonly seq: number;
  readonly at: number;
  readonly event: string;
  readonly fields: string;
  readonly hash: string;
  readonly clock: ClockState | null;
  readonly off_ms: number | null;
  readonly up_ms: number | null;
};

/**
 * SHA-256 over the predecessor's hash and this entry: nothing can be taken out, changed or put in between unseen. Entries
 * of before the state of the clock was noted have no more than the first five.
 */
export function auditHash(previous: string, row: Omit<AuditRow, 'hash'>): string {
  const { seq, at, event, fields, clock, off_ms, up_ms } = row;
  const base = [previous, seq, at, event, fields];
  const bound = clock === null && off_ms === null && up_ms === null ? base : [...base, clock, off_ms, up_ms];
  return digest('sha256', JSON.stringify(bound), 'hex');
}

/** An entry's number and hash: who notes it elsewhere can prove later that nothing up to it was changed. */
export type AuditHead = { readonly seq: number; readonly hash: string };

/** What is wrong with a log, and at which entry first. */
export type AuditFault = {
  readonly seq: number;
  readonly what: 'missing' | 'changed' | 'cut-off' | 'not-the-noted';
};

/**
 * Looks through a whole log, from the first entry to the last.
 *
 * @param noted heads that were noted elsewhere: the log has to hold each
 */
export function verifyChain(
  rows: Iterable<AuditRow>,
  noted: readonly AuditHead[],
): { readonly head: AuditHead; readonly fault?: AuditFault } {
  const wanted = new Map(noted.map(({ seq, hash }) => [seq, hash]));
  let previous = chainStart;
  let seq = 0;
  for (const row of rows) {
    const head = { seq, hash: previous };
    if (row.seq !== seq + 1) return { head, fault: { seq: seq + 1, what: 'missing' } };
    if (row.hash !== auditHash(previous, row)) return { head, fault: { seq: row.seq, what: 'changed' } };
    const hash = wanted.get(row.seq);
    if (hash !== undefined && hash !== row.hash)
      return { head, fault: { seq: row.seq, what: 'not-the-noted' } };
    previous = row.hash;
    seq = row.seq;
  }
  const head = { seq, hash: previous };
  const beyond = noted.filter((one) => one.seq > seq);
  return beyond.length > 0 ? { head, fault: { seq: seq + 1, what: 'cut-off' } } : { head };
}
