import type { Database } from './database.ts';

/** Receipts that are kept; beyond, the oldest go. */
export const keptReceipts = 5_000;

export type StoredReceipt = {
  readonly session: string;
  readonly grant: string;
  /** SHA-256 of the representative's key. */
  readonly key: string;
  /** Counts them within the grant, for this key. */
  readonly number: number;
  readonly hash: string;
  readonly standing: string;
  /** Wall clock, milliseconds since 1970. */
  readonly at: number;
  /** The file, as `sallyport-device receipt verify` takes it. */
  readonly receipt: string;
};

export type Receipts = {
  add(receipt: StoredReceipt): void;
  /** The one that was stated last of this key in this grant. */
  last(grant: string, key: string): Pick<StoredReceipt, 'number' | 'hash'> | undefined;
  find(session: string): StoredReceipt | undefined;
  /** Those of a grant, the oldest first. */
  ofGrant(grant: string): Omit<StoredReceipt, 'receipt'>[];
};

const head = 'session, grant_id AS "grant", key, number, hash, standing, at';

/** What the device signed of each session, and whether the representative did. */
export function receiptsOf({ sqlite, transaction }: Database): Receipts {
  const insert = sqlite.prepare('INSERT OR REPLACE INTO receipts VALUES (?, ?, ?, ?, ?, ?, ?, ?)');
  const last = sqlite.prepare(
    'SELECT number, hash FROM receipts WHERE grant_id = ? AND key = ? ORDER BY number DESC LIMIT 1',
  );
  const found = sqlite.prepare(`SELECT ${head}, receipt FROM receipts WHERE session = ?`);
  const ofGrant = sqlite.prepare(`SELECT ${head} FROM receipts WHERE grant_id = ? ORDER BY rowid LIMIT 2000`);
  const forget = sqlite.prepare(
    'DELETE FROM receipts WHERE rowid IN (SELECT rowid FROM receipts ORDER BY rowid DESC LIMIT -1 OFFSET ?)',
  );
  return {
    add({ session, grant, key, number, hash, standing, at, receipt }) {
      transaction(() => {
        insert.run(session, grant, key, number, hash, standing, at, receipt);
        forget.run(keptReceipts);
      });
    },
    last: (grant, key) => last.get(grant, key) as Pick<StoredReceipt, 'number' | 'hash'> | undefined,
    find: (session) => found.get(session) as StoredReceipt | undefined,
    ofGrant: (grant) => ofGrant.all(grant) as Omit<StoredReceipt, 'receipt'>[],
  };
}
