import type { Writes } from '../store/index.ts';
import { auditHash } from './chain.ts';
import type { AuditDetails, AuditRecord } from './events.ts';

/**
 * Adds an entry to the end of the log, within the transaction of what it records: both are there or neither.
 * The chain's row is locked first, so entries of several nodes come one after the other.
 */
export async function audit(writes: Writes, record: AuditRecord): Promise<void> {
  const head = await writes
    .updateTable('chains')
    .set((e) => ({ seq: e('seq', '+', 1) }))
    .where('name', '=', 'audit')
    .returning(['seq', 'hash'])
    .executeTakeFirstOrThrow();
  const entry = {
    seq: head.seq,
    at: record.at,
    event: record.event,
    actor: record.actor,
    subject: record.subject,
    details: detailsText(record.details ?? {}),
    previous: head.hash,
  };
  const hash = auditHash(entry);
  await writes
    .insertInto('audit')
    .values({ ...entry, hash })
    .execute();
  await writes.updateTable('chains').set({ hash }).where('name', '=', 'audit').execute();
}

function detailsText(details: AuditDetails): string {
  const names = Object.keys(details).sort();
  return JSON.stringify(Object.fromEntries(names.map((name) => [name, details[name]])));
}
