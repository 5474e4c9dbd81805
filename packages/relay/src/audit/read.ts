import { fail } from '../errors/index.ts';
import type { AuditTable, Queries } from '../store/index.ts';
import { chainFault } from './chain.ts';

/** Entries that are read at once: a page costs the database's thread one message. */
const pageSize = 5_000;

/** What to look for. Everything that is given has to be so. */
export type AuditFilter = {
  readonly event?: string | undefined;
  /** A representative, a device or an operator, as who did it or as whom it was done to. */
  readonly who?: string | undefined;
  readonly grant?: string | undefined;
  /** Milliseconds since 1970, both ends included. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
};

function filtered(queries: Queries, { event, who, grant, from, to }: AuditFilter) {
  let found = queries.selectFrom('audit').selectAll();
  if (event !== undefined) found = found.where('event', '=', event);
  if (from !== undefined) found = found.where('at', '>=', from);
  if (to !== undefined) found = found.where('at', '<=', to);
  if (who !== undefined) {
    const names = who.includes('/')
      ? [who]
      : ['representative', 'device', 'operator'].map((role) => `${role}/${who}`);
    found = found.where((e) => e.or([e('actor', 'in', names), e('subject', 'in', names)]));
  }
  if (grant !== undefined) found = found.where('subject', '=', `grant/${grant}`);
  return found;
}

/** The newest `limit` entries, oldest first. */
export async function newestEntries(
  queries: Queries,
  limit: number,
  filter: AuditFilter = {},
): Promise<AuditTable[]> {
  const rows = await filtered(queries, filter).orderBy('seq', 'desc').limit(limit).execute();
  return rows.reverse();
}

/** All entries in order, from the one after `seq`. The next page is read while this one is used. */
export async function* allEntries(
  queries: Queries,
  seq = 0,
  filter: AuditFilter = {},
): AsyncGenerator<AuditTable> {
  for await (const page of pages(queries, seq, filter)) yield* page;
}

/** The same, page by page. */
async function* pages(
  queries: Queries,
  seq: number,
  filter: AuditFilter,
): AsyncGenerator<readonly AuditTable[]> {
  const read = (after: number): Promise<AuditTable[]> => {
    const page = filtered(queries, filter).where('seq', '>', after).orderBy('seq').limit(pageSize).execute();
    // Its failure is told when it is waited for.
    page.catch(() => {});
    return page;
  };
  for (let next = read(seq); ; ) {
    const page = await next;
    const end = page.at(-1);
    const last = !end || page.length < pageSize;
    if (!last) next = read(end.seq);
    yield page;
    if (last) return;
  }
}

/** The next entries after number `seq`, the oldest first. */
export const entriesAfter = (queries: Queries, seq: number, limit: number): Promise<AuditTable[]> =>
  queries.selectFrom('audit').selectAll().where('seq', '>', seq).orderBy('seq').limit(limit).execute();

/** The number of the newest entry; 0 in an empty log. */
export async function newestSeq(queries: Queries): Promise<number> {
  const head = await queries
    .selectFrom('chains')
    .select('seq')
    .where('name', '=', 'audit')
    .executeTakeFirstOrThrow();
  return head.seq;
}

/** The last entry's number and hash: who notes it elsewhere can later prove that nothing before it was changed. */
export type ChainHead = { readonly seq: number; readonly hash: string };

/**
 * Checks the whole chain, and that it still holds the entry noted as `noted`.
 * @throws audit-broken with the number of the first entry that is wrong
 */
export async function verifyChain(queries: Queries, noted?: ChainHead): Promise<ChainHead> {
  const head = await queries
    .selectFrom('chains')
    .select(['seq', 'hash'])
    .where('name', '=', 'audit')
    .executeTakeFirstOrThrow();
  let last: ChainHead = { seq: 0, hash: '' };
  for await (const page of pages(queries, 0, {})) {
    for (const entry of page) {
      // What is added while we read is for the next time.
      if (entry.seq > head.seq) break;
      const reason = chainFault(entry, last.seq, last.hash);
      if (reason) throw fail('audit-broken', { details: { seq: entry.seq, reason } });
      last = entry;
      if (noted?.seq === last.seq && noted.hash !== last.hash) {
        throw fail('audit-broken', {
          details: { seq: last.seq, reason: 'it is not the one that was noted' },
        });
      }
    }
  }
  if (last.seq !== head.seq || last.hash !== head.hash || (noted && noted.seq > last.seq)) {
    throw fail('audit-broken', { details: { seq: last.seq + 1, reason: 'entries at the end are missing' } });
  }
  return { seq: last.seq, hash: last.hash };
}
