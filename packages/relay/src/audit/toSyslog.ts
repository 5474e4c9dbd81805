import type { SyslogOptions } from '@sallyport/runtime/syslog';
import type { Store } from '../store/index.ts';
import { entriesAfter, newestSeq } from './read.ts';

/** The relay's log as a collector gets it. */
export const syslogSource = ({ db }: Pick<Store, 'db'>): SyslogOptions['source'] => ({
  newest: () => newestSeq(db),
  async after(seq, limit) {
    const entries = await entriesAfter(db, seq, limit);
    return entries.map(({ seq, at, event, hash, actor, subject, details }) => ({
      seq,
      at,
      event,
      hash,
      fields: { actor, subject, ...(JSON.parse(details) as object) },
    }));
  },
});
