import { chmodSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { SallyportError } from '@sallyport/protocol/errors';
import { fail } from '../errors/index.ts';
import { migrations } from './schema.ts';

/** How long a command (`admin add`) waits for the agent's write to end, in milliseconds. */
const busyMs = 5_000;
/** How long the agent waits for a command's write: meanwhile it does nothing else, not even end a session. */
export const agentBusyMs = 500;

export type Database = {
  readonly sqlite: DatabaseSync;
  /** All of `work` is on the disk when this returns, or none of it. Calls inside one another are one transaction. */
  transaction<T>(work: () => T): T;
  /** Why the last write failed; undefined if it did not. */
  trouble(): SallyportError | undefined;
  close(): void;
};

/**
 * Opens the agent's database in its data folder, and brings it to this version's schema.
 *
 * @param waitMs how long a write waits for one of another process
 * @throws state-later, state-damaged, state-unwritable
 */
export function openDatabase(folder: string, waitMs = busyMs): Database {
  const path = join(folder, 'state.sqlite');
  const sqlite = open(path, waitMs);
  try {
    migrate(sqlite);
  } catch (error) {
    sqlite.close();
    throw error;
  }
  for (const name of [path, `${path}-wal`, `${path}-shm`]) if (existsSync(name)) chmodSync(name, 0o600);
  let depth = 0;
  let trouble: SallyportError | undefined;
  return {
    sqlite,
    transaction(work) {
      if (depth > 0) return work();
      depth = 1;
      try {
        sqlite.exec('BEGIN IMMEDIATE');
        const result = work();
        sqlite.exec('COMMIT');
        trouble = undefined;
        return result;
      } catch (error) {
        if (sqlite.isTransaction) sqlite.exec('ROLLBACK');
        const known = explain(error);
        if (known instanceof SallyportError && known.code === 'state-unwritable') trouble = known;
        throw known;
      } finally {
        depth = 0;
      }
    },
    trouble: () => trouble,
    close: () => sqlite.close(),
  };
}

function open(path: string, waitMs: number): DatabaseSync {
  try {
    const sqlite = new DatabaseSync(path, { timeout: waitMs, enableForeignKeyConstraints: true });
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
