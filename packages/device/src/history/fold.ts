import type { AuditEntry, AuditEvent } from '../state/index.ts';
import { iso, present, text, wordsOf } from './fields.ts';
import { type HistoryGrant, type HistorySession, type HistorySummary, listCap } from './schema.ts';
import { addTo, begin } from './session.ts';

/** The events that a summary is made of: few in a grant, however much was done in it. */
export const summaryEvents = [
  'grant-enabled-1',
  'grant-opened-1',
  'grant-port-changed-1',
  'grant-ended-1',
  'representative-paired-1',
  'session-opened-1',
] as const satisfies readonly AuditEvent[];

/** What administrators did, besides Enable and Disable. */
const acts: ReadonlySet<string> = new Set([
  'grant-enabled-1',
  'grant-extended-1',
  'grant-ended-1',
  'password-made-1',
  'approval-given-1',
  'approval-refused-1',
  'representative-cut-1',
  'representative-paused-1',
  'representative-unpaused-1',
  'terminal-watched-1',
  'key-blocked-1',
  'ask-answered-1',
  'administrator-added-1',
  'request-done-1',
] satisfies AuditEvent[]);

/** Who was not let in. */
const refusals: ReadonlySet<string> = new Set([
  'pairing-failed-1',
  'approval-refused-1',
  'approval-timed-out-1',
  'knock-refused-1',
  'entry-refused-1',
] satisfies AuditEvent[]);

/** A grant in a few words. @param entries of it, the oldest first. @returns undefined if it never began */
export function summarise(grant: string, entries: readonly AuditEntry[]): HistorySummary | undefined {
  const enabled = entries.find(({ event }) => event === 'grant-enabled-1');
  if (!enabled) return undefined;
  const ended = entries.findLast(({ event }) => event === 'grant-ended-1');
  const { scopes, approval } = enabled.fields;
  const ports = entries.flatMap(({ event, fields }) => {
    const port = event === 'grant-opened-1' ? fields['port'] : undefined;
    const next = event === 'grant-port-changed-1' ? fields['to'] : port;
    return typeof next === 'number' ? [next] : [];
  });
  const keys = new Map<string, string>();
  for (const { event, fields } of entries) {
    if (event !== 'representative-paired-1') continue;
    keys.set(text(fields['keySha256']) ?? '', text(fields['representative']) ?? '');
  }
  return {
    seq: enabled.seq,
    grant,
    ports: ports.filter((port, index) => port !== ports[index - 1]),
    scopes: Array.isArray(scopes) ? scopes : [],
    approval: approval === true,
    from: iso(enabled.at),
    ...present({
      reference: text(enabled.fields['reference']),
      enabledBy: text(enabled.fields['by']),
      clock: enabled.clock,
      to: ended && iso(ended.at),
      why: ended && text(ended.fields['reason']),
      endedBy: ended && text(ended.fields['by']),
    }),
    representatives: [...keys].map(([key, name]) => ({ name, key, keyWords: wordsOf(key) })),
    sessions: entries.filter(({ event }) => event === 'session-opened-1').length,
  };
}

/**
 * All that happened in a grant.
 *
 * @param entries of it, the oldest first
 * @param truncated whether there are more
 */
export function tellGrant(
  grant: string,
  entries: readonly AuditEntry[],
  truncated: boolean,
): HistoryGrant | undefined {
  const summary = summarise(grant, entries);
  if (!summary) return undefined;
  const sessions = new Map<string, HistorySession>();
  for (const entry of entries) {
    const id = text(entry.fields['session']);
    if (id === undefined) continue;
    if (entry.event === 'session-opened-1') sessions.set(id, begin(id, entry));
    const session = sessions.get(id);
    if (session) addTo(session, entry);
  }
  return {
    ...summary,
    sessions: [...sessions.values()],
    refusals: entries
      .filter(({ event }) => refusals.has(event))
      .slice(0, listCap)
      .map(refusalOf),
    acts: entries.filter(isAct).slice(0, listCap).map(actOf),
    entries: entries.length,
    truncated,
  };
}

/** What runs out or is done by the program itself is nobody's act. */
const isAct = ({ event, fields }: AuditEntry): boolean =>
  acts.has(event) &&
  (event !== 'grant-ended-1' || fields['reason'] !== 'expired') &&
  (event !== 'password-made-1' || fields['by'] !== 'restart') &&
  (event !== 'key-blocked-1' || fields['by'] !== undefined);

function actOf({ seq, at, event, fields }: AuditEntry): HistoryGrant['acts'][number] {
  return { seq, at: iso(at), event, ...present({ by: text(fields['by'] ?? fields['name']) }), fields };
}

function refusalOf({ seq, at, event, fields }: AuditEntry): HistoryGrant['refusals'][number] {
  return {
    seq,
    at: iso(at),
    event,
    representative: text(fields['representative']) ?? '',
    ...present({ key: text(fields['keySha256']), code: text(fields['code']) }),
  };
}
