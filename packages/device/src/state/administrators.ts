import { type Argon2Parameters, argon2, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import type { Random } from '@sallyport/protocol/environment';
import { fail } from '../errors/index.ts';
import type { Database } from './database.ts';

export const shortestPassword = 12;
export const longestPassword = 256;
/** Argon2id (RFC 9106) with 19 MiB, 2 passes, 1 lane: 25 ms and 19 MiB a try on a small device. */
const cost = { memory: 19_456, passes: 2, parallelism: 1, tagLength: 32 } as const;

const derive = promisify(
  (parameters: Argon2Parameters, done: (error: Error | null, tag: Buffer) => void) =>
    void argon2('argon2id', parameters, done),
);

export type Administrator = { readonly name: string; readonly since: number; readonly temporary: boolean };
export type Administrators = {
  /** @throws administrator-name-malformed, administrator-exists, password-too-short */
  add(name: string, password: string, at: number): Promise<void>;
  /** @throws administrator-unknown */
  remove(name: string): void;
  list(): Administrator[];
  /** Whether the password is this administrator's. Takes the same time for a name that is not there. */
  verify(name: string, password: string): Promise<boolean>;
};

export function administratorsOf(database: Database, random: Random): Administrators {
  const { sqlite } = database;
  const find = sqlite.prepare('SELECT password FROM administrators WHERE name = ?');
  const insert = sqlite.prepare('INSERT INTO administrators (name, password, since) VALUES (?, ?, ?)');
  const drop = sqlite.prepare('DELETE FROM administrators WHERE name = ?');
  const all = sqlite.prepare('SELECT name, since, grant_id FROM administrators ORDER BY name');
  return {
    async add(name, password, at) {
      if (!/^[A-Za-z0-9._-]{1,64}$/.test(name)) throw fail('administrator-name-malformed');
      const length = [...password].length;
      if (length < shortestPassword || length > longestPassword) {
        throw fail('password-too-short', { details: { least: shortestPassword, most: longestPassword } });
      }
      const stored = await hashPassword(password, random);
      database.transaction(() => {
        if (find.get(name) !== undefined) throw fail('administrator-exists', { details: { name } });
        insert.run(name, stored, Math.round(at));
      });
    },
    remove(name) {
      if (drop.run(name).changes === 0) throw fail('administrator-unknown', { details: { name } });
    },
    list: () =>
      (all.all() as { name: string; since: number; grant_id: string | null }[]).map((row) => ({
        name: row.name,
        since: row.since,
        temporary: row.grant_id !== null,
      })),
    async verify(name, password) {
      const row = find.get(name) as { password: string } | undefined;
      const matches = await passwordMatches(row?.password ?? (await decoy(random)), password);
      return matches && row !== undefined;
    },
  };
}

/** `$argon2id$v=19$m=…,t=…,p=…$SALT$TAG`, the usual form, base64 without padding. */
export async function hashPassword(password: string, random: Random): Promise<string> {
  const nonce = random(16);
  const tag = await derive({ ...cost, message: normal(password), nonce });
  const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64').replaceAll('=', '');
  return `$argon2id$v=19$m=${cost.memory},t=${cost.passes},p=${cost.parallelism}$${text(nonce)}$${text(tag)}`;
}

export async function passwordMatches(stored: string, password: string): Promise<boolean> {
  const match =
    /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,2})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/.exec(
      stored,
    );
  if (!match) return false;
  const [memory, passes, parallelism] = [match[1], match[2], match[3]].map(Number);
  const nonce = Buffer.from(match[4] ?? '', 'base64');
  const tag = Buffer.from(match[5] ?? '', 'base64');
  const own = await derive({
    message: normal(password.slice(0, 4 * longestPassword)),
    nonce,
    memory: memory ?? 0,
    passes: passes ?? 0,
    parallelism: parallelism ?? 0,
    tagLength: tag.length,
  });
  return timingSafeEqual(own, tag);
}

/** Two keyboards may write "é" in two ways; both are one password. */
const normal = (password: string): string => password.normalize('NFC');

let decoyHash: Promise<string> | undefined;
const decoy = (random: Random): Promise<string> => {
  decoyHash ??= hashPassword('nobody has this password', random);
  return decoyHash;
};
