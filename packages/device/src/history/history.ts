import type { Audit, AuditEntry } from '../state/index.ts';
import { summarise, summaryEvents, tellGrant } from './fold.ts';
import type { Reader } from './reader.ts';
import type { HistoryGrant, HistoryQuery, HistorySummary } from './schema.ts';

/** Entries of one grant that are read for its page: a quarter of a second on a small device. */
export const entriesCap = 20_000;
/** The same for a line of the list. */
const summaryCap = 500;

/** The grants that somebody may see, the newest first, as the audit log tells of them. */
export function listGrants(audit: Audit, reader: Reader, query: HistoryQuery): HistorySummary[] {
  const { before, limit, representative, reference } = query;
  const found = audit.grants({
    before,
    limit,
    representative: reader.sees === 'own' ? reader.representative : representative,
    reference,
    from: query.from === undefined ? undefined : Date.parse(query.from),
    to: query.to === undefined ? undefined : Date.parse(query.to),
    grant: reader.sees === 'own' || reader.sees === 'grant' ? reader.grant : undefined,
    openSince: reader.sees === 'since' ? reader.since : undefined,
  });
  return found.flatMap((grant) => {
    const entries = audit.ofGrant(grant, summaryCap, summaryEvents);
    const summary = summarise(grant, ownOf(reader, entries));
    return summary ? [summary] : [];
  });
}

/** One grant, if somebody may see it. */
export function findGrant(audit: Audit, reader: Reader, grant: string): HistoryGrant | undefined {
  if ((reader.sees === 'own' || reader.sees === 'grant') && reader.grant !== grant) return undefined;
  const entries = audit.ofGrant(grant, entriesCap + 1);
  const told = tellGrant(grant, ownOf(reader, entries.slice(0, entriesCap)), entries.length > entriesCap);
  const over = told?.to === undefined ? undefined : Date.parse(told.to);
  return reader.sees === 'since' && over !== undefined && over < reader.since ? undefined : told;
}

/** What is about the reader alone, and about the grant as such. */
function ownOf(reader: Reader, entries: readonly AuditEntry[]): readonly AuditEntry[] {
  if (reader.sees !== 'own') return entries;
  return entries.filter(({ event, fields }) => {
    const { representative, keySha256 } = fields;
    if (representative === undefined) return event.startsWith('grant-');
    return representative === reader.representative && (keySha256 ?? reader.key) === reader.key;
  });
}
