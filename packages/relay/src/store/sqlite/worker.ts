import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import type { Answer, Request, SqlValue, WorkerOptions } from './messages.ts';

/** Runs in a thread of its own, so that a commit's fsync, or a wait for another process, never holds up the relay. */

const preparedLimit = 200;
const { file, busyMs } = workerData as WorkerOptions;

const database = new DatabaseSync(file, { timeout: busyMs, enableForeignKeyConstraints: true });
database.exec('PRAGMA journal_mode = WAL');
database.exec('PRAGMA synchronous = FULL');
database.exec('PRAGMA trusted_schema = OFF');

const prepared = new Map<string, StatementSync>();

function prepare(sql: string): StatementSync {
  const known = prepared.get(sql);
  if (known) return known;
  if (prepared.size >= preparedLimit) prepared.clear();
  const statement = database.prepare(sql);
  prepared.set(sql, statement);
  return statement;
}

function run({ id, sql, parameters }: Request): Answer {
  try {
    const statement = prepare(sql);
    if (statement.columns().length > 0) {
      const rows = statement.all(...parameters) as Record<string, SqlValue>[];
      return { id, rows, changes: rows.length };
    }
    const { changes } = statement.run(...parameters);
    return { id, rows: [], changes: Number(changes) };
  } catch (error) {
    return { id, error: error instanceof Error ? error.message : String(error) };
  }
}

parentPort?.on('message', (requests: readonly Request[] | 'close') => {
  if (requests !== 'close') {
    parentPort?.postMessage(requests.map(run));
    return;
  }
  prepared.clear();
  database.close();
  parentPort?.close();
});
