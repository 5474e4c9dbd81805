import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type Kysely,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import { storeQueue } from '../../limits.ts';
import { SqliteConnection } from './connection.ts';
import type { WorkerOptions } from './messages.ts';

/**
 * Kysely over `node:sqlite` in a worker thread. There is one connection; who wants it waits in line, so a transaction
 * is never mixed with statements of others. Transactions begin IMMEDIATE: one that read first and wrote later could
 * not wait for another process's write, it would fail.
 */
class SqliteDriver implements Driver {
  readonly #options: WorkerOptions;
  readonly #line: (() => void)[] = [];
  #connection: SqliteConnection | undefined;
  #taken = false;

  constructor(options: WorkerOptions) {
    this.#options = options;
  }

  async init(): Promise<void> {
    this.#connection = new SqliteConnection(this.#options);
  }

  async acquireConnection(): Promise<DatabaseConnection> {
    if (!this.#connection) throw new Error('the database is closed');
    if (this.#taken) {
      if (this.#line.length >= storeQueue) throw new Error('too many statements wait for the database');
      await new Promise<void>((resolve) => this.#line.push(resolve));
    }
    this.#taken = true;
    return this.#connection;
  }

  async releaseConnection(): Promise<void> {
    const next = this.#line.shift();
    if (next) next();
    else this.#taken = false;
  }

  async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'));
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('commit'));
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    try {
      await connection.executeQuery(CompiledQuery.raw('rollback'));
    } catch (error) {
      // On a full disk SQLite has rolled back already; what is to be told is that, not this.
      if (!(error instanceof Error && /no transaction is active/.test(error.message))) throw error;
    }
  }

  async destroy(): Promise<void> {
    await this.#connection?.close();
    this.#connection = undefined;
  }
}

/** SQLite's own adapter says no to schema changes in transactions; with BEGIN IMMEDIATE they are safe, and the lock. */
class TransactionalAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

export function sqliteDialect(options: WorkerOptions): Dialect {
  return {
    createDriver: () => new SqliteDriver(options),
    createAdapter: () => new TransactionalAdapter(),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createIntrospector: (db: Kysely<unknown>) => new SqliteIntrospector(db),
  };
}
