import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Clock } from '@sallyport/protocol/environment';
import { fromWireError, type SallyportError, toWireError, wireErrorSchema } from '@sallyport/protocol/errors';
import { printable } from '@sallyport/protocol/text';
import { fail } from '@sallyport/runtime/errors';
import { pause } from '../clock/pause.ts';

/** How often a waiting program looks whether the lock is free. */
const lookMs = 50;

export type LockOptions = {
  readonly clock: Clock;
  /** When this call began: wall clock, milliseconds since 1970. */
  readonly since: number;
  /** Whether a failure of `run` would be that of everybody: the one-time password was tried, and refused. */
  readonly isOfAll: (error: unknown) => boolean;
  /** Ends the wait. */
  readonly signal?: AbortSignal;
  /** Called once if another program has the lock. */
  readonly onWait?: () => void;
};

/**
 * Runs `run` while no other program on this computer does so with the same file: one pairing at a time.
 *
 * The lock is SQLite's write lock on the file, which the kernel takes away when its holder ends, however it ends: none
 * is ever left behind. Such a failure of `run` speaks for all calls that had begun by then: they throw the same error
 * without running, since they would only try the same one-time password again, and each try counts.
 *
 * @param file made if it is not there; its folder, too
 * @throws folder-unusable; what `run` throws, here or in the program that was waited for
 */
export async function withPairingLock<T>(
  file: string,
  options: LockOptions,
  run: () => Promise<T>,
): Promise<T> {
  const database = openLock(file);
  try {
    if (!tryLock(file, database)) {
      options.onWait?.();
      do await pause(options.clock, lookMs, options.signal);
      while (!tryLock(file, database));
    }
    const failure = lastFailure(database);
    if (failure && failure.at >= options.since) {
      throw fromWireError(wireErrorSchema.parse(JSON.parse(failure.error)));
    }
    try {
      return await run();
    } catch (error) {
      if (options.isOfAll(error)) keepFailure(database, options.clock.wallMs(), error);
      throw error;
    }
  } finally {
    endTransaction(database);
    database.close();
  }
}

/** @throws folder-unusable */
function openLock(file: string): DatabaseSync {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    closeSync(openSync(file, 'a', 0o600));
    chmodSync(file, 0o600);
    return new DatabaseSync(file, { timeout: 1_000 });
  } catch (cause) {
    throw unusable(file, cause);
  }
}

/** What was kept for the others is lost on a disk that takes nothing: they ask for themselves then. */
function endTransaction(database: DatabaseSync): void {
  try {
    if (database.isTransaction) database.exec('COMMIT');
  } catch {
    // Closing it gives the lock back all the same.
  }
}

function unusable(file: string, cause: unknown): SallyportError {
  const { errcode, message } = cause as { errcode?: number; message: string };
  const reason = errcode === 13 || /ENOSPC/.test(message) ? 'the disk is full' : printable(message, 100);
  return fail('folder-unusable', { details: { path: file, reason }, cause, leg: 'this-computer' });
}

type Failure = { at: number; error: string };

function lastFailure(database: DatabaseSync): Failure | undefined {
  try {
    const row = database.prepare('SELECT at, error FROM failure').get();
    return row && { at: Number(row['at']), error: String(row['error']) };
  } catch {
    return undefined; // The table is made by the first who fails.
  }
}

function keepFailure(database: DatabaseSync, at: number, error: unknown): void {
  try {
    writeFailure(database, at, error);
  } catch {
    // The failure itself is what matters; see `endTransaction`.
  }
}

function writeFailure(database: DatabaseSync, at: number, error: unknown): void {
  database.exec('CREATE TABLE IF NOT EXISTS failure (at INTEGER NOT NULL, error TEXT NOT NULL)');
  database.exec('DELETE FROM failure');
  const text = JSON.stringify(toWireError(error));
  database.prepare('INSERT INTO failure (at, error) VALUES (?, ?)').run(Math.floor(at), text);
}

/** @throws folder-unusable */
function tryLock(file: string, database: DatabaseSync): boolean {
  try {
    database.exec('PRAGMA busy_timeout = 0');
    database.exec('BEGIN IMMEDIATE');
    return true;
  } catch (error) {
    if ((error as { errcode?: number }).errcode === 5) return false;
    throw unusable(file, error);
  } finally {
    database.exec('PRAGMA busy_timeout = 1000');
  }
}
