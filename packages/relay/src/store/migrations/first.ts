import { type Kysely, type Migration, sql } from 'kysely';

/** The tables as they began. */
export const first: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('devices')
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('name', 'text', (c) => c.notNull())
      .addColumn('key_sha256', 'text', (c) => c.notNull().unique())
      .addColumn('token', 'text', (c) => c.notNull())
      .addColumn('enrolled_at', 'bigint', (c) => c.notNull())
      .addColumn('certificate_ends_at', 'bigint', (c) => c.notNull())
      .addColumn('seen_at', 'bigint')
      .addColumn('removed_at', 'bigint')
      .execute();
    await db.schema
      .createTable('representatives')
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('rank', 'text', (c) => c.notNull())
      .addColumn('invited_at', 'bigint', (c) => c.notNull())
      .addColumn('key_sha256', 'text', (c) => c.unique())
      .addColumn('token', 'text')
      .addColumn('computer', 'text', (c) => c.notNull().defaultTo(''))
      .addColumn('logged_in_at', 'bigint')
      .addColumn('certificate_ends_at', 'bigint')
      .addColumn('revoked_at', 'bigint')
      .addColumn('revoked_why', 'text', (c) => c.notNull().defaultTo(''))
      .execute();
    await db.schema
      .createTable('tokens')
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('kind', 'text', (c) => c.notNull())
      .addColumn('secret_sha256', 'text', (c) => c.notNull().unique())
      .addColumn('subject', 'text', (c) => c.notNull().defaultTo(''))
      .addColumn('label', 'text', (c) => c.notNull().defaultTo(''))
      .addColumn('uses', 'integer', (c) => c.notNull())
      .addColumn('uses_left', 'integer', (c) => c.notNull().check(sql`uses_left >= 0`))
      .addColumn('made_at', 'bigint', (c) => c.notNull())
      .addColumn('ends_at', 'bigint', (c) => c.notNull())
      .execute();
    await db.schema
      .createTable('grants')
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('device', 'text', (c) => c.notNull().references('devices.id'))
      .addColumn('port', 'integer', (c) => c.notNull())
      .addColumn('opened_at', 'bigint', (c) => c.notNull())
      .addColumn('ends_at', 'bigint', (c) => c.notNull())
      .addColumn('scopes', 'text', (c) => c.notNull())
      .addColumn('approval', 'integer', (c) => c.notNull())
      .addColumn('reference', 'text')
      .addColumn('closed_at', 'bigint')
      .addColumn('closed_why', 'text')
      .execute();
    // One open grant a device, whatever two tunnels of one device do at the same time.
    await db.schema
      .createIndex('grants_one_open')
      .unique()
      .on('grants')
      .column('device')
      .where(sql.ref('closed_at'), 'is', null)
      .execute();
    await db.schema.createIndex('grants_opened').on('grants').columns(['device', 'opened_at']).execute();
    await db.schema
      .createTable('ports')
      .addColumn('port', 'integer', (c) => c.primaryKey())
      .addColumn('grant_id', 'text', (c) => c.notNull().unique())
      .addColumn('free_from', 'bigint', (c) => c.notNull())
      .execute();
    await db.schema
      .createTable('tunnels')
      .addColumn('device', 'text', (c) => c.primaryKey())
      .addColumn('epoch', 'bigint', (c) => c.notNull())
      .addColumn('node', 'text')
      .addColumn('since', 'bigint', (c) => c.notNull())
      .execute();
    await db.schema
      .createTable('nodes')
      .addColumn('host', 'text', (c) => c.primaryKey())
      .addColumn('ports', 'text', (c) => c.notNull())
      .addColumn('started_at', 'bigint', (c) => c.notNull())
      .addColumn('seen_at', 'bigint', (c) => c.notNull())
      .addColumn('draining', 'integer', (c) => c.notNull())
      .execute();
    await db.schema
      .createTable('chains')
      .addColumn('name', 'text', (c) => c.primaryKey())
      .addColumn('seq', 'bigint', (c) => c.notNull())
      .addColumn('hash', 'text', (c) => c.notNull())
      .execute();
    await sql`insert into chains (name, seq, hash) values ('audit', 0, ''), ('revocations', 0, '')`.execute(
      db,
    );
    await db.schema
      .createTable('revocations')
      .addColumn('seq', 'bigint', (c) => c.primaryKey())
      .addColumn('kind', 'text', (c) => c.notNull())
      .addColumn('subject', 'text', (c) => c.notNull())
      .addColumn('key_sha256', 'text', (c) => c.notNull())
      .addColumn('reason', 'text', (c) => c.notNull())
      .addColumn('at', 'bigint', (c) => c.notNull())
      .execute();
    await db.schema
      .createTable('audit')
      .addColumn('seq', 'bigint', (c) => c.primaryKey())
      .addColumn('at', 'bigint', (c) => c.notNull())
      .addColumn('event', 'text', (c) => c.notNull())
      .addColumn('actor', 'text', (c) => c.notNull())
      .addColumn('subject', 'text', (c) => c.notNull())
      .addColumn('details', 'text', (c) => c.notNull())
      .addColumn('previous', 'text', (c) => c.notNull())
      .addColumn('hash', 'text', (c) => c.notNull())
      .execute();
  },
};
