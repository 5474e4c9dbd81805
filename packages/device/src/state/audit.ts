import os from 'node:os';
import {
  type AuditFault,
  type AuditHead,
  type AuditRow,
  auditHash,
  chainStart,
  verifyChain,
} from './auditChain.ts';
import type { AuditEvent } from './auditEvents.ts';
import type { Database } from './database.ts';

export type AuditFields = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/**
 * How far the wall clock of an entry can be trusted: right by the relay's time; the machine's own, which nobody could
 * check; or known to be wrong.
 */
export const clockStates = ['relay', 'own', 'wrong'] as const;
export type ClockState = (typeof clockStates)[number];

/** When an entry was made. */
export type AuditTime = {
  /** Wall clock, milliseconds since 1970. */
  readonly at: number;
  readonly clock: ClockState;
  /** How far the wall clock was ahead of the relay's, in milliseconds, where it is known to be wrong. */
  readonly offMs?: number | undefined;
  /** Milliseconds since boot: never goes backwards while the machine runs. */
  readonly upMs: number;
};

export type AuditEntry = {
  readonly seq: number;
  /** Wall clock, milliseconds since 1970. */
  readonly at: number;
  readonly event: string;
  readonly fields: AuditFields;
  readonly hash: string;
  /** Missing in entries of before it was noted. */
  readonly clock?: ClockState;
  readonly offMs?: number;
  readonly upMs?: number;
};

/** What to look for. Everything that is given has to be so. */
export type AuditFilter = {
  /** Only what is older than the entry of this number. */
  readonly before?: number | undefined;
  /** Only what is newer than the entry of this number. */
  readonly after?: number | undefined;
  readonly event?: string | undefined;
  readonly grant?: string | undefined;
  readonly session?: string | undefined;
  /** A representative, or an administrator by the name of the account or by what they did. */
  readonly who?: string | undefined;
  /** Wall clock, milliseconds since 1970, both ends included. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
};

/** Which grants to look for, by what the log says of them. Everything that is given has to be so. */
export type GrantFilter = Pick<AuditFilter, 'before' | 'from' | 'to' | 'grant'> & {
  readonly limit: number;
  /** Who paired in it. */
  readonly representative?: string | undefined;
  /** Its reference contains this. */
  readonly reference?: string | undefined;
  /** It was open at this time or later. */
  readonly openSince?: number | undefined;
};

export type Audit = {
  /** @param when a wall clock in milliseconds since 1970 is completed by `moment` */
  append(event: AuditEvent, fields: AuditFields, when: number | AuditTime): void;
  /** What is known of the time at this moment. */
  moment(at: number): AuditTime;
  /** Who knows more of the time than the machine's own clock. */
  timedBy(look: () => Omit<AuditTime, 'at'>): void;
  /** The newest first. */
  list(limit: number, filter?: AuditFilter | number): AuditEntry[];
  /** What is about a grant, the oldest first. @param events only these, if given */
  ofGrant(grant: string, limit: number, events?: readonly AuditEvent[]): AuditEntry[];
  /** The ids of grants that were enabled, the newest first. */
  grants(filter: GrantFilter): string[];
  /** The oldest first, read as they are used. */
  each(filter?: AuditFilter): Iterable<AuditEntry>;
  /** What comes after the entry of this number, the oldest first. */
  next(after: number, limit: number): AuditEntry[];
  /** The newest entry; undefined in an empty log. */
  head(): AuditHead | undefined;
  /** Looks through all of it. @param noted heads that were noted elsewhere: the log has to hold each */
  verify(noted?: readonly AuditHead[]): { readonly head: AuditHead; readonly fault?: AuditFault };
};

const columns = 'seq, at, event, fields, hash, clock, off_ms, up_ms';

/** Entries that are read at once where all are read. */
const pageSize = 2_000;
type RowArray = [
  AuditRow['seq'],
  AuditRow['at'],
  AuditRow['event'],
  AuditRow['fields'],
  AuditRow['hash'],
  AuditRow['clock'],
  AuditRow['off_ms'],
  AuditRow['up_ms'],
];

/** The device's audit log: append-only, each entry chained to the one before. */
export function auditOf(database: Database): Audit {
  const { sqlite } = database;
  const last = sqlite.prepare('SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1');
  const insert = sqlite.prepare(`INSERT INTO audit (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`);
  const following = sqlite.prepare(`SELECT ${columns} FROM audit WHERE seq > ? ORDER BY seq LIMIT ?`);
  /** All entries, the oldest first, in the quickest way that there is: arrays, a page at once. */
  function* rows(): Generator<AuditRow> {
    const page = sqlite.prepare(`SELECT ${columns} FROM audit WHERE seq > ? ORDER BY seq LIMIT ${pageSize}`);
    page.setReturnArrays(true);
    for (let after = Number.MIN_SAFE_INTEGER; ; ) {
      const found = page.all(after) as unknown as RowArray[];
      for (const [seq, at, event, fields, hash, clock, off_ms, up_ms] of found) {
        after = seq;
        yield { seq, at, event, fields, hash, clock, off_ms, up_ms };
      }
      if (found.length < pageSize) return;
    }
  }
  let look = (): Omit<AuditTime, 'at'> => ({ clock: 'own', upMs: os.uptime() * 1_000 });
  const moment = (at: number): AuditTime => ({ at, ...look() });
  return {
    moment,
    timedBy(source) {
      look = source;
    },
    append(event, fields, when) {
      const { at, clock, offMs, upMs } = typeof when === 'number' ? moment(when) : when;
      database.transaction(() => {
        const before = last.get() as { seq: number; hash: string } | undefined;
        const row: Omit<AuditRow, 'hash'> = {
          seq: (before?.seq ?? 0) + 1,
          at: Math.round(at),
          event,
          fields: JSON.stringify(fields),
          clock,
          off_ms: offMs === undefined ? null : Math.round(offMs),
          up_ms: Math.round(upMs),
        };
        const hash = auditHash(before?.hash ?? chainStart, row);
        insert.run(row.seq, row.at, event, row.fields, hash, row.clock, row.off_ms, row.up_ms);
      });
    },
    list(limit, filter = {}) {
      const { sql, values } = where(typeof filter === 'number' ? { before: filter } : filter);
      const found = sqlite.prepare(`SELECT ${columns} FROM audit ${sql} ORDER BY seq DESC LIMIT ?`);
      return (found.all(...values, limit) as AuditRow[]).map(entryOf);
    },
    ofGrant(grant, limit, events) {
      const only = events ? `AND event IN (${events.map(() => '?').join(', ')})` : '';
      const found = sqlite.prepare(
        `SELECT ${columns} FROM audit WHERE grant_id = ? ${only} ORDER BY seq LIMIT ?`,
      );
      return (found.all(grant, ...(events ?? []), limit) as AuditRow[]).map(entryOf);
    },
    grants({ limit, representative, reference, openSince, ...filter }) {
      const { sql, values } = where({ ...filter, event: 'grant-enabled-1' });
      const more: [string, string | number | undefined][] = [
        [
          `EXISTS (SELECT 1 FROM audit p WHERE p.grant_id = g.grant_id AND p.event = 'representative-paired-1'
            AND p.fields ->> '$.representative' = ?)`,
          representative,
        ],
        ["instr(g.fields ->> '$.reference', ?) > 0", reference],
        [
          `NOT EXISTS (SELECT 1 FROM audit e WHERE e.grant_id = g.grant_id AND e.event = 'grant-ended-1'
            AND e.at < ?)`,
          openSince,
        ],
      ];
      const given = more.filter(([, value]) => value !== undefined);
      const terms = given.map(([term]) => `AND ${term}`).join(' ');
      const found = sqlite.prepare(
        `SELECT grant_id FROM audit g ${sql} ${terms} AND grant_id IS NOT NULL ORDER BY seq DESC LIMIT ?`,
      );
      const bound = given.flatMap(([, value]) => (value === undefined ? [] : [value]));
      return (found.all(...values, ...bound, limit) as { grant_id: string }[]).map(
        ({ grant_id }) => grant_id,
      );
    },
    *each(filter = {}) {
      const { sql, values } = where(filter);
      const found = sqlite.prepare(`SELECT ${columns} FROM audit ${sql} ORDER BY seq`);
      for (const row of found.iterate(...values)) yield entryOf(row as AuditRow);
    },
    next: (seq, limit) => (following.all(seq, limit) as AuditRow[]).map(entryOf),
    head() {
      const found = last.get() as AuditHead | undefined;
      return found && { seq: found.seq, hash: found.hash };
    },
    verify: (noted = []) => verifyChain(rows(), noted),
  };
}

function where(filter: AuditFilter): { sql: string; values: (string | number)[] } {
  const { before, after, event, grant, session, who, from, to } = filter;
  const terms: [string, ...(string | number)[]][] = [];
  if (before !== undefined) terms.push(['seq < ?', before]);
  if (after !== undefined) terms.push(['seq > ?', after]);
  if (event !== undefined) terms.push(['event = ?', event]);
  if (grant !== undefined) terms.push(['grant_id = ?', grant]);
  if (session !== undefined) terms.push(["fields ->> '$.session' = ?", session]);
  if (who !== undefined) {
    const named = ['representative', 'name', 'by'].map((name) => `fields ->> '$.${name}' = ?`);
    terms.push([`(${named.join(' OR ')})`, who, who, who]);
  }
  if (from !== undefined) terms.push(['at >= ?', from]);
  if (to !== undefined) terms.push(['at <= ?', to]);
  if (terms.length === 0) return { sql: '', values: [] };
  return {
    sql: `WHERE ${terms.map(([sql]) => sql).join(' AND ')}`,
    values: terms.flatMap(([, ...values]) => values),
  };
}

function entryOf(row: AuditRow): AuditEntry {
  const { seq, at, event, fields, hash, clock, off_ms, up_ms } = row;
  return {
    seq,
    at,
    event,
    fields: JSON.parse(fields) as AuditFields,
    hash,
    ...(clock === null ? {} : { clock }),
    ...(off_ms === null ? {} : { offMs: off_ms }),
    ...(up_ms === null ? {} : { upMs: up_ms }),
  };
}
