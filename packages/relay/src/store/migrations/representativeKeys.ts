import { type Kysely, type Migration, sql } from 'kysely';

/** Until when a representative may come, when they were last here, and every key they ever had. */
export const representativeKeys: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const column of ['ends_at', 'renewed_at', 'seen_at']) {
      await db.schema.alterTable('representatives').addColumn(column, 'bigint').execute();
    }
    await db.schema
      .createTable('representative_keys')
      .addColumn('key_sha256', 'text', (c) => c.primaryKey())
      .addColumn('representative', 'text', (c) => c.notNull().references('representatives.id'))
      .addColumn('computer', 'text', (c) => c.notNull())
      .addColumn('since', 'bigint')
      .addColumn('ended_at', 'bigint')
      .addColumn('ended_why', 'text', (c) => c.notNull().defaultTo(''))
      .execute();
    await db.schema
      .createIndex('representative_keys_of')
      .on('representative_keys')
      .column('representative')
      .execute();
    // Keys that were revoked before are known by their revocation alone: nobody noted since when there were.
    await sql`
      insert into representative_keys (key_sha256, representative, computer, since, ended_at, ended_why)
      select r.key_sha256, r.subject, '', null, r.at, r.reason from revocations r
      where r.kind = 'representative' and r.subject in (select id from representatives)
        and r.seq = (select min(s.seq) from revocations s where s.kind = r.kind and s.key_sha256 = r.key_sha256)
    `.execute(db);
    await sql`
      insert into representative_keys (key_sha256, representative, computer, since, ended_at, ended_why)
      select key_sha256, id, computer, logged_in_at, null, '' from representatives
      where key_sha256 is not null and key_sha256 not in (select key_sha256 from representative_keys)
    `.execute(db);
  },
};
