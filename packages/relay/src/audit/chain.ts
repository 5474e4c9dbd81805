import { hash as digest } from 'node:crypto';
import type { AuditTable } from '../store/index.ts';

/** The fields that a hash binds. */
export type AuditEntry = Omit<AuditTable, 'hash'>;

/**
 * The hash of an entry: SHA-256, hex, over the JSON text of
 * `[seq, at, event, actor, subject, details, previous]`, where `details` is the stored text itself and `previous` the
 * hash of the entry before ("" for the first). Whoever changes, removes or inserts an entry has to change all after it.
 */
export function auditHash(entry: AuditEntry): string {
  const { seq, at, event, actor, subject, details, previous } = entry;
  return digest('sha256', JSON.stringify([seq, at, event, actor, subject, details, previous]), 'hex');
}

/** What is wrong with `entry` as the one after number `seq` with `hash`; undefined if nothing is. */
export function chainFault(entry: AuditTable, seq: number, hash: string): string | undefined {
  if (entry.seq !== seq + 1) return `number ${seq + 1} is missing`;
  if (entry.previous !== hash) return 'it does not follow the entry before';
  if (entry.hash !== auditHash(entry)) return 'its content was changed';
  return undefined;
}
