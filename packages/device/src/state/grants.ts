import { grantIdSchema, portNumberSchema, scopesSchema } from '@sallyport/protocol/grant';
import { z } from 'zod';
import { fail } from '../errors/index.ts';
import type { EndReason, Failure, Grant, GrantState, Pin } from '../grant/index.ts';
import type { Database } from './database.ts';

/** Grants that are remembered after their end; older ones are forgotten (the audit log keeps their story). */
const rememberedGrants = 1_000;

const rowSchema = z
  .object({
    id: grantIdSchema,
    at: z.enum(['waiting', 'open']),
    port: portNumberSchema.nullable(),
    scopes: z
      .string()
      .transform((text): unknown => JSON.parse(text))
      .pipe(scopesSchema),
    approval: z.number().transform((value) => value !== 0),
    reference: z.string().nullable(),
    host_key_private: z.string(),
    host_key_public: z.string(),
    password: z.enum(['live', 'spent', 'void']),
    password_failures: z.number(),
    enabled_at: z.number(),
    boot_id: z.string(),
    boot_ms: z.number(),
    wall_ms: z.number(),
    left_ms: z.number(),
    cap_ms: z.number(),
  })
  .refine((row) => row.at === 'waiting' || row.port !== null);

export type Grants = {
  /** The grant that was waiting or open when the agent last wrote; without its OTP's digits. @throws state-damaged */
  load(): GrantState;
  /** Writes the state with pins and failures, in one transaction. @param at wall clock, milliseconds since 1970 */
  save(state: GrantState, at: number): void;
};

export function grantsOf(database: Database): Grants {
  const { sqlite } = database;
  const current = sqlite.prepare(
    "SELECT * FROM grants WHERE at IN ('waiting', 'open') ORDER BY enabled_at DESC, rowid DESC LIMIT 1",
  );
  const pins = sqlite.prepare('SELECT * FROM pins WHERE grant_id = ? ORDER BY rowid');
  const failures = sqlite.prepare('SELECT * FROM failures WHERE grant_id = ? ORDER BY rowid');
  // A grant that has ended stays so, also if the watchdog ended it while an agent that read it before was starting.
  const upsert = sqlite.prepare(`
    INSERT INTO grants (id, at, port, scopes, approval, reference, host_key_private, host_key_public, password,
      password_failures, enabled_at, boot_id, boot_ms, wall_ms, left_ms, cap_ms)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET at = excluded.at, port = excluded.port, scopes = excluded.scopes,
      password = excluded.password, password_failures = excluded.password_failures, boot_id = excluded.boot_id,
      boot_ms = excluded.boot_ms, wall_ms = excluded.wall_ms, left_ms = excluded.left_ms, cap_ms = excluded.cap_ms
    WHERE grants.at <> 'ended'`);
  const dropPins = sqlite.prepare('DELETE FROM pins WHERE grant_id = ?');
  const addPin = sqlite.prepare('INSERT INTO pins VALUES (?, ?, ?, ?, ?)');
  const dropFailures = sqlite.prepare('DELETE FROM failures WHERE grant_id = ?');
  const addFailure = sqlite.prepare('INSERT INTO failures VALUES (?, ?, ?, ?, ?)');
  // The host key dies with its grant: nobody can be the device of an old pin.
  const end = sqlite.prepare(
    "UPDATE grants SET at = 'ended', ended_at = ?, end_reason = ?, host_key_private = NULL, left_ms = 0 WHERE id = ?",
  );
  // An end that a full disk did not take must not come back to life behind a newer grant.
  const endOthers = sqlite.prepare(
    "UPDATE grants SET at = 'ended', ended_at = ?, end_reason = 'disabled', host_key_private = NULL, left_ms = 0 WHERE id <> ? AND at <> 'ended'",
  );
  const dropTemporary = sqlite.prepare('DELETE FROM administrators WHERE grant_id = ?');
  const forget = sqlite.prepare(
    'DELETE FROM grants WHERE id IN (SELECT id FROM grants ORDER BY enabled_at DESC LIMIT -1 OFFSET ?)',
  );

  function write(at: 'waiting' | 'open', grant: Grant, port: number | null): void {
    const { password, span } = grant;
    upsert.run(
      grant.id,
      at,
      port,
      JSON.stringify(grant.scopes),
      grant.approval ? 1 : 0,
      grant.reference ?? null,
      grant.hostKey.private,
      grant.hostKey.public,
      password.at,
      password.failures,
      Math.round(grant.enabledAt),
      span.bootId,
      span.bootMs,
      span.wallMs,
      span.leftMs,
      span.capMs,
    );
    dropPins.run(grant.id);
    for (const pin of grant.pins) {
      addPin.run(grant.id, pin.key, pin.representative, pin.certificateSha256, Math.round(pin.since));
    }
    dropFailures.run(grant.id);
    for (const { key, representative, count, blocked } of grant.failures) {
      addFailure.run(grant.id, key, representative, count, blocked ?? null);
    }
  }

  return {
    load() {
      const found = current.get();
      if (found === undefined) return { at: 'disabled' };
      const row = readRow(found);
      const grant: Grant = {
        id: row.id,
        scopes: row.scopes,
        approval: row.approval,
        reference: row.reference ?? undefined,
        hostKey: { private: row.host_key_private, public: row.host_key_public },
        password: { at: row.password, failures: row.password_failures },
        pins: (pins.all(row.id) as PinRow[]).map(readPin),
        failures: (failures.all(row.id) as FailureRow[]).map(readFailure),
        enabledAt: row.enabled_at,
        span: {
          bootId: row.boot_id,
          bootMs: row.boot_ms,
          wallMs: row.wall_ms,
          leftMs: row.left_ms,
          capMs: row.cap_ms,
        },
      };
      return row.at === 'open' && row.port !== null
        ? { at: 'open', grant, port: row.port }
        : { at: 'waiting', grant };
    },
    save(state, at) {
      database.transaction(() => {
        switch (state.at) {
          case 'disabled':
            return;
          case 'waiting':
            endOthers.run(Math.round(at), state.grant.id);
            write('waiting', state.grant, null);
            return void forget.run(rememberedGrants);
          case 'open':
            return write('open', state.grant, state.port);
          case 'ended':
            end.run(Math.round(at), state.reason satisfies EndReason, state.grant);
            dropTemporary.run(state.grant);
        }
      });
    },
  };
}

function readRow(found: unknown): z.output<typeof rowSchema> {
  try {
    return rowSchema.parse(found);
  } catch (cause) {
    throw fail('state-damaged', { details: { reason: 'the grant in it is not valid' }, cause });
  }
}

type PinRow = { key: string; representative: string; certificate: string; since: number };
const readPin = ({ key, representative, certificate, since }: PinRow): Pin => ({
  key,
  representative,
  certificateSha256: certificate,
  since,
});

type FailureRow = { key: string; representative: string; count: number; blocked: string | null };
const readFailure = ({ key, representative, count, blocked }: FailureRow): Failure => ({
  key,
  representative,
  count,
  blocked: blocked === 'failures' || blocked === 'cut-off' ? blocked : undefined,
});
