import type { Database } from './database.ts';

/** Failures that are remembered; the oldest are forgotten beyond. */
const rememberedLockouts = 2_000;

/** Failed sign-ins in a row, of an account, from an address, or from a known browser. */
export type Failures = {
  readonly count: number;
  /** The last of them: milliseconds since the boot that `bootId` names. */
  readonly bootId: string;
  readonly lastMs: number;
};

export type Lockouts = {
  find(who: string): Failures | undefined;
  set(who: string, failures: Failures): void;
  forget(who: string): void;
};

export function lockoutsOf(database: Database): Lockouts {
  const { sqlite } = database;
  const find = sqlite.prepare('SELECT failures, boot_id, last_ms FROM lockouts WHERE who = ?');
  // A new row each time, so that the rows are in the order of their last failure.
  const set = sqlite.prepare('INSERT OR REPLACE INTO lockouts VALUES (?, ?, ?, ?)');
  const forget = sqlite.prepare('DELETE FROM lockouts WHERE who = ?');
  const trim = sqlite.prepare(
    `DELETE FROM lockouts WHERE rowid IN (SELECT rowid FROM lockouts ORDER BY rowid DESC LIMIT -1 OFFSET ${rememberedLockouts})`,
  );
  return {
    find(who) {
      const row = find.get(who) as { failures: number; boot_id: string; last_ms: number } | undefined;
      return row && { count: row.failures, bootId: row.boot_id, lastMs: row.last_ms };
    },
    set: (who, { count, bootId, lastMs }) =>
      database.transaction(() => {
        set.run(who, count, bootId, lastMs);
        trim.run();
      }),
    forget: (who) => database.transaction(() => void forget.run(who)),
  };
}
