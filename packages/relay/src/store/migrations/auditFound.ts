import type { Kysely, Migration } from 'kysely';

/** So that the audit log is searched by event, and by whom it is about, without reading all of it. */
export const auditFound: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const column of ['event', 'actor', 'subject']) {
      await db.schema.createIndex(`audit_of_${column}`).on('audit').columns([column, 'seq']).execute();
    }
  },
};
