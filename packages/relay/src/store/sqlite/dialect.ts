import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type Kysely,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import { storeQueue } from '../../limits.ts';
import { SqliteConnection } from './connection.ts';
import type { WorkerOptions } from './messages.ts';

/** Somebody's use of the one connection. */
class Lease implements DatabaseConnection {
  readonly #driver: SqliteDriver;

  constructor(driver: SqliteDriver) {
    this.#driver = driver;
  }

  executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    return this.#driver.execute(this, query);
  }

  streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    return this.#driver.connection().streamQuery();
  }
}

/**
 * Kysely over `node:sqlite` in a worker thread. There is one connection. A transaction has it alone, and who wants it
 * meanwhile waits in line, so that none is mixed with statements of others. Statements outside of transactions do not
 * wait for one another's answers: they are carried out in the order in which they were given anyway, and each answer
 * costs a turn of the event loop, which is long when a thousand devices come at once. Transactions begin IMMEDIATE: one
 * that read first and wrote later could not wait for another process's write, it would fail.
 */
class SqliteDriver implements Driver {
  readonly #options: WorkerOptions;
  /** Statements and beginnings of transactions, in the order in which they came. */
  readonly #line: { readonly lease: Lease | undefined; go(): void }[] = [];
  #connection: SqliteConnection | undefined;
  /** Whose transaction is under way. */
  #owner: Lease | undefined;

  constructor(options: WorkerOptions) {
    this.#options = options;
  }

  connection(): SqliteConnection {
    if (!this.#connection) throw new Error('the database is closed');
    return this.#connection;
  }

  async init(): Promise<void> {
    this.#connection = new SqliteConnection(this.#options);
  }

  async acquireConnection(): Promise<DatabaseConnection> {
    this.connection();
    return new Lease(this);
  }

  async releaseConnection(): Promise<void> {}

  execute<R>(lease: Lease, query: CompiledQuery): Promise<QueryResult<R>> {
    if (this.#owner === lease) return this.connection().executeQuery(query);
    return this.#inLine(undefined, () => this.connection().executeQuery<R>(query));
  }

  async beginTransaction(connection: DatabaseConnection): Promise<void> {
    const lease = connection as Lease;
    try {
      await this.#inLine(lease, () => this.connection().executeQuery(CompiledQuery.raw('begin immediate')));
    } catch (error) {
      this.#leave(lease);
      throw error;
    }
  }

  /** One that fails is rolled back next. */
  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('commit'));
    this.#leave(connection as Lease);
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    try {
      await connection.executeQuery(CompiledQuery.raw('rollback'));
    } catch (error) {
      // On a full disk SQLite has rolled back already; what is to be told is that, not this.
      if (!(error instanceof Error && /no transaction is active/.test(error.message))) throw error;
    } finally {
      this.#leave(connection as Lease);
    }
  }

  async destroy(): Promise<void> {
    await this.#connection?.close();
    this.#connection = undefined;
  }

  /** Runs `act` when it is its turn: a statement when no transaction is under way, a transaction when it is the one. */
  #inLine<T>(lease: Lease | undefined, act: () => Promise<T>): Promise<T> {
    if (this.#line.length >= storeQueue) throw new Error('too many statements wait for the database');
    return new Promise((resolve, reject) => {
      const go = async (): Promise<void> => {
        try {
          resolve(await act());
        } catch (error) {
          reject(error);
        }
      };
      this.#line.push({ lease, go });
      this.#next();
    });
  }

  #next(): void {
    while (!this.#owner) {
      const first = this.#line.shift();
      if (!first) return;
      this.#owner = first.lease;
      first.go();
    }
  }

  #leave(lease: Lease): void {
    if (this.#owner !== lease) return;
    this.#owner = undefined;
    this.#next();
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
