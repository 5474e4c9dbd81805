import { fail } from '../errors/index.ts';
import type { AuditTable, Queries } from '../store/index.ts';
import { chainFault } from './chain.ts';

const pageSize = 500;

/** The newest `limit` entries, oldest first. */
export async function newestEntries(queries: Queries, limit: number): Promise<AuditTable[]> {
  const rows = await queries.selectFrom('audit').selectAll().orderBy('seq', 'desc').limit(limit).execute();
  return rows.reverse();
}

/** All entries in order, read in pages, from the one after `seq`. */
export async function* allEntries(queries: Queries, seq = 0): AsyncGenerator<AuditTable> {
  for (let last = seq; ; ) {
    const page = await queries
      .selectFrom('audit')
      .selectAll()
      .where('seq', '>', last)
      .orderBy('seq')
      .limit(pageSize)
      .execute();
    yield* page;
    const end = page.at(-1);
    if (!end || page.length < pageSize) return;
    last = end.seq;
  }
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
  for await (const entry of allEntries(queries)) {
    // What is added while we read is for the next time.
    if (entry.seq > head.seq) break;
    const reason = chainFault(entry, last.seq, last.hash);
    if (reason) throw fail('audit-broken', { details: { seq: entry.seq, reason } });
    last = { seq: entry.seq, hash: entry.hash };
    if (noted?.seq === last.seq && noted.hash !== last.hash) {
      throw fail('audit-broken', { details: { seq: last.seq, reason: 'it is not the one that was noted' } });
    }
  }
  if (last.seq !== head.seq || last.hash !== head.hash || (noted && noted.seq > last.seq)) {
    throw fail('audit-broken', { details: { seq: last.seq + 1, reason: 'entries at the end are missing' } });
  }
  return last;
}
