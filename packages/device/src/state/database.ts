import { chmodSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fail } from '../errors/index.ts';
import { migrations } from './schema.ts';

/** How long a second process (`admin add`) waits for the agent's write to end, in milliseconds. */
const busyMs = 5_000;

export type Database = {
  readonly sqlite: DatabaseSync;
  /** All of `work` is on the disk when this returns, or none of it. Calls inside one another are one transaction. */
  transaction<T>(work: () => T): T;
  close(): void;
};

/**
 * Opens the agent's database in its data folder, and brings it to this version's schema.
 *
 * @throws state-later, state-damaged, state-unwritable
 */
export function openDatabase(folder: string): Database {
  const path = join(folder, 'state.sqlite');
  const sqlite = open(path);
  try {
    migrate(sqlite);
  } catch (error) {
    sqlite.close();
    throw error;
  }
  for (const name of [path, `${path}-wal`, `${path}-shm`]) if (existsSync(name)) chmodSync(name, 0o600);
  let depth = 0;
  return {
    sqlite,
    transaction(work) {
      if (depth > 0) return work();
      depth = 1;
      try {
        sqlite.exec('BEGIN IMMEDIATE');
        const result = work();
        sqlite.exec('COMMIT');
        return result;
      } catch (error) {
        if (sqlite.isTransaction) sqlite.exec('ROLLBACK');
        throw explain(error);
      } finally {
        depth = 0;
      }
    },
    close: () => sqlite.close(),
  };
}

function open(path: string): DatabaseSync {
  try {
    const sqlite = new DatabaseSync(path, { timeout: busyMs, enableForeignKeyConstraints: true });
    // FULL: what was answered survives a power cut. WAL: a second process reads while the agent writes.
    sqlite.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF;');
    return sqlite;
  } catch (cause) {
    throw explain(cause, 'state-damaged');
  }
}

function migrate(sqlite: DatabaseSync): void {
  sqlite.exec('BEGIN IMMEDIATE');
  try {
    const row = sqlite.prepare('PRAGMA user_version').get();
    const found = Number(row?.['user_version']);
    if (found > migrations.length) {
      throw fail('state-later', { details: { theirs: found, ours: migrations.length } });
    }
    for (const migration of migrations.slice(found)) sqlite.exec(migration);
    sqlite.exec(`PRAGMA user_version = ${migrations.length}`);
    sqlite.exec('COMMIT');
  } catch (error) {
    if (sqlite.isTransaction) sqlite.exec('ROLLBACK');
    throw explain(error, 'state-damaged');
  }
}

/** SQLite's own failures get a row of our table; all others stay what they are. */
function explain(error: unknown, code: 'state-damaged' | 'state-unwritable' = 'state-unwritable'): unknown {
  if (!(error instanceof Error) || (error as NodeJS.ErrnoException).code !== 'ERR_SQLITE_ERROR') return error;
  return fail(code, { details: { reason: error.message.slice(0, 200) }, cause: error });
}
