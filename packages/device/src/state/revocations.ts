import type { Database } from './database.ts';

/** Revoked keys that are remembered; the oldest are forgotten beyond. The relay refuses them all the same. */
const rememberedKeys = 10_000;

/** Public keys that the relay revoked: they may not enter, in this grant or a later one. */
export type Revocations = {
  has(key: string): boolean;
  /** Whether the key was new. @param at wall clock, milliseconds since 1970 */
  add(key: string, representative: string, at: number): boolean;
};

export function revocationsOf(database: Database): Revocations {
  const { sqlite } = database;
  const find = sqlite.prepare('SELECT 1 FROM revoked_keys WHERE key = ?');
  const insert = sqlite.prepare('INSERT OR IGNORE INTO revoked_keys VALUES (?, ?, ?)');
  const forget = sqlite.prepare(
    'DELETE FROM revoked_keys WHERE rowid IN (SELECT rowid FROM revoked_keys ORDER BY rowid DESC LIMIT -1 OFFSET ?)',
  );
  return {
    has: (key) => find.get(key) !== undefined,
    add: (key, representative, at) =>
      database.transaction(() => {
        const added = insert.run(key, representative, Math.round(at)).changes > 0;
        if (added) forget.run(rememberedKeys);
        return added;
      }),
  };
}
