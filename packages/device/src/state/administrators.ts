import { type Argon2Parameters, argon2, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import type { Random } from '@sallyport/protocol/environment';
import type { GrantId } from '@sallyport/protocol/grant';
import { z } from 'zod';
import { fail } from '../errors/index.ts';
import { type Moment, type Span, takeUp } from '../grant/index.ts';
import type { Database } from './database.ts';

export const shortestPassword = 12;
export const longestPassword = 256;
/** Administrators at once, temporary ones among them. */
export const mostAdministrators = 100;
/** Argon2id (RFC 9106) with 19 MiB, 2 passes, 1 lane: 25 ms and 19 MiB a try on a small device. */
const cost = { memory: 19_456, passes: 2, parallelism: 1, tagLength: 32 } as const;

const derive = promisify(
  (parameters: Argon2Parameters, done: (error: Error | null, tag: Buffer) => void) =>
    void argon2('argon2id', parameters, done),
);

/** When a temporary administrator ends: with a grant, or when a span is over. */
export type Until = { readonly grant: GrantId } | { readonly span: Span };

export type Administrator = {
  readonly name: string;
  /** Wall clock, milliseconds since 1970. */
  readonly since: number;
  readonly temporary: boolean;
  readonly until: Until | undefined;
  readonly totp: boolean;
};

export type Administrators = {
  /**
   * @param at wall clock, milliseconds since 1970
   * @param until makes a temporary one
   * @throws administrator-name-malformed, administrator-exists, administrators-used-up, password-too-short
   */
  add(name: string, password: string, at: number, until?: Until): Promise<void>;
  /** @throws administrator-unknown */
  remove(name: string): void;
  list(): Administrator[];
  find(name: string): Administrator | undefined;
  /** Whether the password is this administrator's. Takes the same time for a name that is not there. */
  verify(name: string, password: string): Promise<boolean>;
  /** @throws administrator-unknown, password-too-short */
  setPassword(name: string, password: string): Promise<void>;
  /** The secret of one-time codes, base32, and the newest step that was used; undefined without. */
  totp(name: string): { readonly secret: string; readonly step: number } | undefined;
  /** @throws administrator-unknown */
  setTotp(name: string, totp: { readonly secret: string; readonly step: number } | undefined): void;
  /** Removes the temporary ones whose time is over. @returns their names */
  sweep(now: Moment): string[];
};

type Row = {
  name: string;
  since: number;
  grant_id: string | null;
  ends: string | null;
  totp: string | null;
};

const spanSchema = z.object({
  bootId: z.string(),
  bootMs: z.number(),
  wallMs: z.number(),
  leftMs: z.number(),
  capMs: z.number(),
});

/** What is left of a temporary administrator's time, in milliseconds; undefined for one that ends otherwise. */
export function leftOf(administrator: Administrator, now: Moment): number | undefined {
  const { until } = administrator;
  return until && 'span' in until ? takeUp(until.span, now).leftMs : undefined;
}

export function administratorsOf(database: Database, random: Random): Administrators {
  const { sqlite } = database;
  const findPassword = sqlite.prepare('SELECT password FROM administrators WHERE name = ?');
  const insert = sqlite.prepare(
    'INSERT INTO administrators (name, password, since, grant_id, ends) VALUES (?, ?, ?, ?, ?)',
  );
  const drop = sqlite.prepare('DELETE FROM administrators WHERE name = ?');
  const all = sqlite.prepare('SELECT name, since, grant_id, ends, totp FROM administrators ORDER BY name');
  const one = sqlite.prepare('SELECT name, since, grant_id, ends, totp FROM administrators WHERE name = ?');
  const count = sqlite.prepare('SELECT count(*) AS count FROM administrators');
  const setPassword = sqlite.prepare('UPDATE administrators SET password = ? WHERE name = ?');
  const findTotp = sqlite.prepare('SELECT totp, totp_step FROM administrators WHERE name = ?');
  const setTotp = sqlite.prepare('UPDATE administrators SET totp = ?, totp_step = ? WHERE name = ?');

  return {
    async add(name, password, at, until) {
      if (!isAdministratorName(name)) throw fail('administrator-name-malformed');
      mustBePassword(password);
      const stored = await hashPassword(password, random);
      database.transaction(() => {
        if (findPassword.get(name) !== undefined) throw fail('administrator-exists', { details: { name } });
        if (Number(count.get()?.['count']) >= mostAdministrators) {
          throw fail('administrators-used-up', { details: { most: mostAdministrators } });
        }
        const grant = until && 'grant' in until ? until.grant : null;
        const ends = until && 'span' in until ? JSON.stringify(until.span) : null;
        insert.run(name, stored, Math.round(at), grant, ends);
      });
    },
    remove(name) {
      database.transaction(() => {
        if (drop.run(name).changes === 0) throw fail('administrator-unknown', { details: { name } });
      });
    },
    list: () => (all.all() as Row[]).map(readRow),
    find(name) {
      const row = one.get(name) as Row | undefined;
      return row && readRow(row);
    },
    async verify(name, password) {
      const row = findPassword.get(name) as { password: string } | undefined;
      const matches = await passwordMatches(row?.password ?? (await decoy(random)), password);
      return matches && row !== undefined;
    },
    async setPassword(name, password) {
      mustBePassword(password);
      const stored = await hashPassword(password, random);
      database.transaction(() => {
        if (setPassword.run(stored, name).changes === 0) {
          throw fail('administrator-unknown', { details: { name } });
        }
      });
    },
    totp(name) {
      const row = findTotp.get(name) as { totp: string | null; totp_step: number | null } | undefined;
      return row?.totp ? { secret: row.totp, step: row.totp_step ?? 0 } : undefined;
    },
    setTotp(name, totp) {
      database.transaction(() => {
        if (setTotp.run(totp?.secret ?? null, totp?.step ?? null, name).changes === 0) {
          throw fail('administrator-unknown', { details: { name } });
        }
      });
    },
    sweep(now) {
      const over = (all.all() as Row[])
        .map(readRow)
        .filter((administrator) => (leftOf(administrator, now) ?? 1) <= 0)
        .map(({ name }) => name);
      if (over.length > 0) {
        database.transaction(() => {
          for (const name of over) drop.run(name);
        });
      }
      return over;
    },
  };
}

function readRow({ name, since, grant_id, ends, totp }: Row): Administrator {
  return {
    name,
    since,
    temporary: grant_id !== null || ends !== null,
    until:
      grant_id !== null
        ? { grant: grant_id as GrantId }
        : ends === null
          ? undefined
          : { span: spanSchema.parse(JSON.parse(ends)) },
    totp: totp !== null,
  };
}

export const isAdministratorName = (name: string): boolean => /^[A-Za-z0-9._-]{1,64}$/.test(name);

/** @throws password-too-short */
export function mustBePassword(password: string): void {
  const length = [...password].length;
  if (length < shortestPassword || length > longestPassword) {
    throw fail('password-too-short', { details: { least: shortestPassword, most: longestPassword } });
  }
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
