import pg from 'pg';
import { statementMs } from '../../limits.ts';

const int8 = 20;

/** Connections to PostgreSQL. Numbers of 64 bits come as numbers: ours are milliseconds and counts, below 2^53. */
export function makePool(url: string): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: 8,
    connectionTimeoutMillis: statementMs,
    idleTimeoutMillis: 30_000,
    statement_timeout: statementMs,
    query_timeout: statementMs + 1_000,
    idle_in_transaction_session_timeout: statementMs,
    application_name: 'sallyport-relay',
    types: {
      getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
        oid === int8 ? Number : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
    },
  });
  // A connection that breaks while it is idle, or between two statements of a transaction, must not end the process:
  // who uses it next gets the error.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}
