import type { Database } from './database.ts';

/** Tries to sign in that each administrator can look back at. */
const rememberedTries = 50;
/** Browsers that are known for each administrator; the oldest are forgotten beyond. */
const rememberedBrowsers = 20;
/** Sign-ins of one administrator at once; the oldest end beyond. */
const mostSignIns = 20;

/** Somebody who is signed in. Times are milliseconds since the boot that `bootId` names. */
export type StoredSignIn = {
  /** SHA-256 of what the browser bears, hex. */
  readonly id: string;
  readonly name: string;
  readonly bootId: string;
  readonly sinceMs: number;
  readonly seenMs: number;
  /** The support session that it was made through. */
  readonly session: string | undefined;
};

export type SignInTry = {
  /** Wall clock, milliseconds since 1970. */
  readonly at: number;
  readonly address: string;
  readonly agent: string;
  readonly ok: boolean;
};

export type SignIns = {
  add(signIn: StoredSignIn): void;
  find(id: string): StoredSignIn | undefined;
  seen(id: string, seenMs: number): void;
  end(id: string): void;
  /** Ends all of an administrator's, but for `except`. */
  endAll(name: string, except?: string): void;
  list(): StoredSignIn[];
  /** Keeps a try for its administrator to see; one under a name that nobody has is not kept. */
  tried(name: string, entry: SignInTry): void;
  /** The newest first. */
  tries(name: string): SignInTry[];
  /** @param id SHA-256 of what the browser bears, hex */
  browserKnown(id: string, name: string): boolean;
  knowBrowser(id: string, name: string, at: number): void;
  forgetBrowsers(name: string): void;
};

type Row = {
  id: string;
  name: string;
  boot_id: string;
  since_ms: number;
  seen_ms: number;
  session: string | null;
};

export function signInsOf(database: Database): SignIns {
  const { sqlite } = database;
  const insert = sqlite.prepare('INSERT INTO sign_ins VALUES (?, ?, ?, ?, ?, ?)');
  const trim = sqlite.prepare(
    `DELETE FROM sign_ins WHERE name = ?1 AND id NOT IN
      (SELECT id FROM sign_ins WHERE name = ?1 ORDER BY rowid DESC LIMIT ${mostSignIns})`,
  );
  const find = sqlite.prepare('SELECT * FROM sign_ins WHERE id = ?');
  const seen = sqlite.prepare('UPDATE sign_ins SET seen_ms = ? WHERE id = ?');
  const end = sqlite.prepare('DELETE FROM sign_ins WHERE id = ?');
  const endAll = sqlite.prepare('DELETE FROM sign_ins WHERE name = ? AND id <> ?');
  const all = sqlite.prepare('SELECT * FROM sign_ins');
  const exists = sqlite.prepare('SELECT 1 FROM administrators WHERE name = ?');
  const insertTry = sqlite.prepare(
    'INSERT INTO sign_in_tries (name, at, address, agent, ok) VALUES (?, ?, ?, ?, ?)',
  );
  const trimTries = sqlite.prepare(
    `DELETE FROM sign_in_tries WHERE name = ?1 AND seq NOT IN
      (SELECT seq FROM sign_in_tries WHERE name = ?1 ORDER BY seq DESC LIMIT ${rememberedTries})`,
  );
  const tries = sqlite.prepare(
    'SELECT at, address, agent, ok FROM sign_in_tries WHERE name = ? ORDER BY seq DESC',
  );
  const findBrowser = sqlite.prepare('SELECT 1 FROM known_browsers WHERE id = ? AND name = ?');
  const insertBrowser = sqlite.prepare('INSERT OR REPLACE INTO known_browsers VALUES (?, ?, ?)');
  const trimBrowsers = sqlite.prepare(
    `DELETE FROM known_browsers WHERE name = ?1 AND id NOT IN
      (SELECT id FROM known_browsers WHERE name = ?1 ORDER BY rowid DESC LIMIT ${rememberedBrowsers})`,
  );
  const dropBrowsers = sqlite.prepare('DELETE FROM known_browsers WHERE name = ?');

  return {
    add({ id, name, bootId, sinceMs, seenMs, session }) {
      database.transaction(() => {
        insert.run(id, name, bootId, sinceMs, seenMs, session ?? null);
        trim.run(name);
      });
    },
    find(id) {
      const row = find.get(id) as Row | undefined;
      return row && readRow(row);
    },
    seen: (id, seenMs) => database.transaction(() => void seen.run(seenMs, id)),
    end: (id) => database.transaction(() => void end.run(id)),
    endAll: (name, except = '') => database.transaction(() => void endAll.run(name, except)),
    list: () => (all.all() as Row[]).map(readRow),
    tried(name, { at, address, agent, ok }) {
      database.transaction(() => {
        if (exists.get(name) === undefined) return;
        insertTry.run(name, Math.round(at), address, agent, ok ? 1 : 0);
        trimTries.run(name);
      });
    },
    tries: (name) =>
      (tries.all(name) as { at: number; address: string; agent: string; ok: number }[]).map((row) => ({
        ...row,
        ok: row.ok !== 0,
      })),
    browserKnown: (id, name) => findBrowser.get(id, name) !== undefined,
    knowBrowser(id, name, at) {
      database.transaction(() => {
        insertBrowser.run(id, name, Math.round(at));
        trimBrowsers.run(name);
      });
    },
    forgetBrowsers: (name) => database.transaction(() => void dropBrowsers.run(name)),
  };
}

const readRow = (row: Row): StoredSignIn => ({
  id: row.id,
  name: row.name,
  bootId: row.boot_id,
  sinceMs: row.since_ms,
  seenMs: row.seen_ms,
  session: row.session ?? undefined,
});
