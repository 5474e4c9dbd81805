import { closeSync, openSync } from 'node:fs';
import type { SallyportError } from '@sallyport/protocol/errors';
import { Kysely, Migrator, PostgresDialect, sql, type Transaction } from 'kysely';
import type pg from 'pg';
import { fail } from '../errors/index.ts';
import { isDatabaseLost } from './failure.ts';
import { migrations } from './migrations/index.ts';
import type { Tables } from './schema.ts';
import { sqliteDialect } from './sqlite/dialect.ts';

/** The relay's database: one set of queries over SQLite or PostgreSQL. */
export type Store = {
  readonly db: Kysely<Tables>;
  /** Set when it is PostgreSQL: the pool, for LISTEN and NOTIFY. */
  readonly postgres: { readonly pool: pg.Pool; readonly url: string } | undefined;
  /**
   * SQLite only: a number that changes when another process has written (`PRAGMA data_version`).
   * Undefined on PostgreSQL, which tells by NOTIFY.
   */
  foreignVersion(): Promise<number | undefined>;
  close(): Promise<void>;
};

/** Reads and writes, inside a transaction or out of one. */
export type Queries = Kysely<Tables> | Transaction<Tables>;
/** What must be part of a transaction says so by its type. */
export type Writes = Transaction<Tables>;

export type StorePlace = { readonly databaseUrl: string } | { readonly file: string };

const busyMs = 5_000;

/** Opens the database and brings its tables up to date. @throws store-unreachable, store-newer */
export async function openStore(place: StorePlace): Promise<Store> {
  const store = 'file' in place ? openSqlite(place.file) : await openPostgres(place.databaseUrl);
  try {
    await migrate(store.db);
  } catch (error) {
    await store.close().catch(() => {});
    throw error;
  }
  return store;
}

function openSqlite(file: string): Store {
  try {
    closeSync(openSync(file, 'a', 0o600));
  } catch (cause) {
    throw storeUnreachable(cause);
  }
  const db = new Kysely<Tables>({ dialect: sqliteDialect({ file, busyMs }) });
  return {
    db,
    postgres: undefined,
    async foreignVersion(): Promise<number> {
      const { rows } = await sql<{ data_version: number }>`pragma data_version`.execute(db);
      return rows[0]?.data_version ?? 0;
    },
    close: () => db.destroy(),
  };
}

async function openPostgres(url: string): Promise<Store> {
  const { makePool } = await import('./postgres/pool.ts');
  const pool = makePool(url);
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  return {
    db,
    postgres: { pool, url },
    foreignVersion: async () => undefined,
    close: () => db.destroy(),
  };
}

async function migrate(db: Kysely<Tables>): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } });
  // A migration that ran here and is unknown to this program was made by a later one. No table: none ran.
  const ran = await sql<{ name: string }>`select name from kysely_migration`
    .execute(db)
    .catch(() => undefined);
  const known = ran?.rows.map((row) => row.name) ?? [];
  if (known.some((name) => !Object.hasOwn(migrations, name))) throw fail('store-newer');
  if (known.length === Object.keys(migrations).length) return;
  const { error } = await migrator.migrateToLatest();
  if (error) throw storeUnreachable(error);
}

/** A statement's failure as a command tells it: a database that is full, held or away is `store-unreachable`. */
export const commandFailure = (error: unknown): unknown =>
  isDatabaseLost(error) ? storeUnreachable(error) : error;

/** The database, or a file beside it, cannot be used. */
export function storeUnreachable(cause: unknown): SallyportError {
  const said = reasonOf(cause);
  // PostgreSQL names a segment, and not what holds it.
  const reason = /shared memory segment/.test(said) ? `/dev/shm of its machine is too small: ${said}` : said;
  // The address of a database can carry a password; messages of drivers do not.
  return fail('store-unreachable', { details: { reason: reason.slice(0, 200) }, cause });
}

/** Of several addresses that were tried, Node's error has no words of its own. */
function reasonOf(cause: unknown): string {
  if (cause instanceof AggregateError && cause.errors.length > 0) return reasonOf(cause.errors[0]);
  return cause instanceof Error ? cause.message : String(cause);
}

/**
 * Tries a write that changes nothing.
 * @returns why the database takes none, as on a full disk; undefined if it takes it
 */
export async function findTrouble(store: Store): Promise<SallyportError | undefined> {
  try {
    await store.db.transaction().execute(async (writes) => {
      // There and back again: SQLite does not write a page that is as it was.
      for (const by of [1, -1]) {
        const seq = writes.updateTable('chains').set((e) => ({ seq: e('seq', '+', by) }));
        await seq.where('name', '=', 'audit').execute();
      }
    });
    return undefined;
  } catch (cause) {
    return storeUnreachable(cause);
  }
}

/** Whether a failed write met a uniqueness rule, in either database. */
export function isConflict(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return ('code' in error && error.code === '23505') || error.message.startsWith('UNIQUE constraint failed');
}
