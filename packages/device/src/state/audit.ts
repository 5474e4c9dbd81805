import { createHash } from 'node:crypto';
import type { Database } from './database.ts';

/** What the audit log of a device can say. A name carries a version: its fields never change their meaning. */
export const auditEvents = [
  'device-enrolled-1',
  'agent-started-1',
  'agent-stopped-1',
  'agent-killed-1',
  'grant-enabled-1',
  'grant-opened-1',
  'grant-port-changed-1',
  'grant-extended-1',
  'grant-ended-1',
  'password-made-1',
  'password-void-1',
  'pairing-started-1',
  'pairing-failed-1',
  'key-blocked-1',
  'representative-paired-1',
  'representative-cut-1',
  'representative-revoked-1',
  'approval-asked-1',
  'approval-given-1',
  'approval-refused-1',
  'approval-timed-out-1',
  'knock-refused-1',
  'entry-refused-1',
  'session-opened-1',
  'session-suspended-1',
  'session-resumed-1',
  'representative-paused-1',
  'representative-unpaused-1',
  'terminal-watched-1',
  'session-ended-1',
  'channel-opened-1',
  'channel-closed-1',
  'channel-refused-1',
  'file-closed-1',
  'file-changed-1',
  'file-refused-1',
  'administrator-added-1',
  'administrator-removed-1',
  'administrator-ended-1',
  'administrator-password-changed-1',
  'administrator-totp-changed-1',
  'signed-in-1',
  'signed-out-1',
  'sign-in-failed-1',
  'sign-in-locked-1',
  'connection-tested-1',
  'settings-changed-1',
  'request-done-1',
  'request-refused-1',
  'certificate-renewed-1',
  'entries-left-out-1',
] as const;
export type AuditEvent = (typeof auditEvents)[number];
export type AuditFields = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;
export type AuditEntry = {
  readonly seq: number;
  /** Wall clock, milliseconds since 1970. */
  readonly at: number;
  readonly event: string;
  readonly fields: AuditFields;
  readonly hash: string;
};

export type Audit = {
  append(event: AuditEvent, fields: AuditFields, at: number): void;
  /** The newest first. @param before only what is older than the entry of this number */
  list(limit: number, before?: number): AuditEntry[];
  /** The first entry whose hash is not what its content and its predecessor make it; undefined if all are right. */
  firstBroken(): number | undefined;
};

const start = '0'.repeat(64);

/** SHA-256 over the predecessor's hash and this entry: nothing can be taken out, changed or put in between unseen. */
function chain(previous: string, seq: number, at: number, event: string, fields: string): string {
  return createHash('sha256')
    .update(JSON.stringify([previous, seq, at, event, fields]))
    .digest('hex');
}

type Row = { seq: number; at: number; event: string; fields: string; hash: string };

/** The device's audit log: append-only, each entry chained to the one before. */
export function auditOf(database: Database): Audit {
  const { sqlite } = database;
  const last = sqlite.prepare('SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1');
  const insert = sqlite.prepare('INSERT INTO audit (seq, at, event, fields, hash) VALUES (?, ?, ?, ?, ?)');
  const newest = sqlite.prepare('SELECT * FROM audit WHERE seq < ? ORDER BY seq DESC LIMIT ?');
  const all = sqlite.prepare('SELECT * FROM audit ORDER BY seq');
  return {
    append(event, fields, at) {
      database.transaction(() => {
        const before = last.get() as { seq: number; hash: string } | undefined;
        const seq = (before?.seq ?? 0) + 1;
        const text = JSON.stringify(fields);
        insert.run(
          seq,
          Math.round(at),
          event,
          text,
          chain(before?.hash ?? start, seq, Math.round(at), event, text),
        );
      });
    },
    list: (limit, before = Number.MAX_SAFE_INTEGER) =>
      (newest.all(before, limit) as Row[]).map((row) => ({
        ...row,
        fields: JSON.parse(row.fields) as AuditFields,
      })),
    firstBroken() {
      let previous = start;
      let seq = 0;
      for (const row of all.iterate() as Iterable<Row>) {
        seq += 1;
        if (row.seq !== seq) return seq;
        if (row.hash !== chain(previous, row.seq, row.at, row.event, row.fields)) return row.seq;
        previous = row.hash;
      }
      return undefined;
    },
  };
}
