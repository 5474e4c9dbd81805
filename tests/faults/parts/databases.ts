/** Looks into the databases that the programs left behind, with SQLite itself. */
import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

const magic = 'SQLite format 3\0';

/** Every SQLite database below `folder`. */
export function databasesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile() && beginsWithMagic(path));
}

function beginsWithMagic(path: string): boolean {
  const file = openSync(path, 'r');
  try {
    const start = Buffer.alloc(magic.length);
    return readSync(file, start) === magic.length && start.toString('latin1') === magic;
  } finally {
    closeSync(file);
  }
}

/** What `PRAGMA integrity_check` says: `ok` if all is well. */
export function integrityOf(path: string): string {
  const database = new DatabaseSync(path, { timeout: 5_000 });
  try {
    return String(database.prepare('PRAGMA integrity_check').get()?.['integrity_check']);
  } finally {
    database.close();
  }
}

/** Whether somebody holds a lock on it: it cannot be had for writing within a second. */
export function isLocked(path: string): boolean {
  const database = new DatabaseSync(path, { timeout: 1_000 });
  try {
    database.exec('BEGIN EXCLUSIVE; ROLLBACK');
    return false;
  } catch {
    return true;
  } finally {
    database.close();
  }
}
