import type { Database } from './database.ts';

/** How many are kept. */
const kept = 50;

/** What connection tests found, each in JSON. */
export type ConnectionTests = {
  /** The newest first. */
  list(): string[];
  /** The oldest goes when there are too many. */
  add(test: string): void;
  /** Takes the place of the newest. */
  replaceNewest(test: string): void;
};

export function connectionTestsOf(database: Database): ConnectionTests {
  const list = database.sqlite.prepare('SELECT test FROM connection_tests ORDER BY seq DESC LIMIT ?');
  const add = database.sqlite.prepare('INSERT INTO connection_tests (test) VALUES (?)');
  const trim = database.sqlite.prepare(
    'DELETE FROM connection_tests WHERE seq <= (SELECT max(seq) FROM connection_tests) - ?',
  );
  const replace = database.sqlite.prepare(
    'UPDATE connection_tests SET test = ? WHERE seq = (SELECT max(seq) FROM connection_tests)',
  );
  return {
    list: () => (list.all(kept) as { test: string }[]).map(({ test }) => test),
    add: (test) =>
      database.transaction(() => {
        add.run(test);
        trim.run(kept);
      }),
    replaceNewest: (test) => database.transaction(() => void replace.run(test)),
  };
}
