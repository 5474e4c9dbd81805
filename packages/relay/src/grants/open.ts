import type { Random } from '@sallyport/protocol/environment';
import { fail } from '@sallyport/protocol/errors';
import type { GrantId, PortNumber } from '@sallyport/protocol/grant';
import type { portChangeReasons } from '@sallyport/protocol/tunnel';
import { audit } from '../audit/index.ts';
import { grantHourMs, grantLongestMs, grantsPerHour } from '../limits.ts';
import type { GrantTable, Queries, Writes } from '../store/index.ts';
import { closeGrantsOf } from './close.ts';
import { findByPort } from './find.ts';
import { keepPort, reservePort } from './ports.ts';

/** What a device says of its grant, in `open` and `change`. */
export type GrantTerms = {
  readonly grant: GrantId;
  readonly leftMs: number;
  readonly scopes: readonly string[];
  readonly approval: boolean;
  readonly reference?: string | undefined;
};

export type OpenedGrant = {
  readonly grant: GrantTable;
  readonly changed:
    | { readonly from: PortNumber; readonly why: (typeof portChangeReasons)[number] }
    | undefined;
  /** The grants of this device that this one took the place of. */
  readonly replaced: readonly GrantId[];
};

type Context = {
  readonly device: string;
  /** The port number that the device says its grant had. */
  readonly hadPort?: number | undefined;
  readonly now: number;
  readonly random: Random;
};

/**
 * Opens a grant, or takes it up again under the port number it has. A device has one open grant: an older one is closed.
 *
 * @throws grant-ended, rate-limited, port-numbers-used-up
 */
export async function openGrant(writes: Writes, terms: GrantTerms, context: Context): Promise<OpenedGrant> {
  const known = await writes
    .selectFrom('grants')
    .selectAll()
    .where('id', '=', terms.grant)
    .executeTakeFirst();
  if (known) return { ...(await takeUp(writes, known, terms, context)), replaced: [] };
  return openNew(writes, terms, context);
}

/** Whether there was a grant of this id, open or not. It stays known for ever. */
export async function isKnownGrant(queries: Queries, grant: GrantId): Promise<boolean> {
  const known = await queries.selectFrom('grants').select('id').where('id', '=', grant).executeTakeFirst();
  return known !== undefined;
}

async function takeUp(
  writes: Writes,
  known: GrantTable,
  terms: GrantTerms,
  { device, now, random }: Context,
): Promise<Omit<OpenedGrant, 'replaced'>> {
  // Another device's grant is not ours to tell about: it is answered like one that is over.
  if (known.device !== device || known.closed_at !== null || known.ends_at <= now) throw fail('grant-ended');
  const endsAt = endOf(terms, known.opened_at, now);
  const kept = await keepPort(writes, known.port, known.id, endsAt);
  const port = kept
    ? (known.port as PortNumber)
    : await reservePort(writes, { grant: known.id, endsAt, now, random });
  const grant = { ...known, ...termColumns(terms), port, ends_at: endsAt };
  await writes
    .updateTable('grants')
    .set({ ...termColumns(terms), port, ends_at: endsAt })
    .where('id', '=', known.id)
    .execute();
  return { grant, changed: kept ? undefined : { from: known.port as PortNumber, why: 'taken' } };
}

async function openNew(
  writes: Writes,
  terms: GrantTerms,
  { device, hadPort, now, random }: Context,
): Promise<OpenedGrant> {
  const { recent } = await writes
    .selectFrom('grants')
    .select((e) => e.fn.countAll<number>().as('recent'))
    .where('device', '=', device)
    .where('opened_at', '>', now - grantHourMs)
    .executeTakeFirstOrThrow();
  if (Number(recent) >= grantsPerHour) {
    throw fail('rate-limited', { details: { limit: `${grantsPerHour} new grants of a device in an hour` } });
  }
  const replaced = await closeGrantsOf(writes, device, { now, why: 'replaced', actor: `device/${device}` });
  const endsAt = endOf(terms, now, now);
  const wish = hadPort === undefined ? {} : { wish: hadPort };
  const holder = hadPort === undefined ? undefined : await findByPort(writes, hadPort as PortNumber, now);
  const port = await reservePort(writes, { grant: terms.grant, endsAt, now, random, ...wish });
  const grant: GrantTable = {
    id: terms.grant,
    device,
    port,
    opened_at: now,
    ends_at: endsAt,
    ...termColumns(terms),
    closed_at: null,
    closed_why: null,
  };
  await writes.insertInto('grants').values(grant).execute();
  await audit(writes, {
    at: now,
    event: 'grant-opened-1',
    actor: `device/${device}`,
    subject: `grant/${grant.id}`,
    details: {
      port,
      scopes: terms.scopes,
      endsAt,
      approval: terms.approval,
      reference: terms.reference ?? null,
    },
  });
  const moved = hadPort !== undefined && hadPort !== port;
  // A relay that was set up again from a backup knows of no grant that it opened since.
  const why = holder === undefined ? 'forgotten' : 'taken';
  return {
    grant,
    changed: moved ? { from: hadPort as PortNumber, why } : undefined,
    replaced,
  };
}

/** A grant's scopes or end became others. @throws grant-ended */
export async function changeGrant(
  writes: Writes,
  terms: GrantTerms,
  { device, now }: { device: string; now: number },
): Promise<GrantTable> {
  const known = await writes
    .selectFrom('grants')
    .selectAll()
    .where('id', '=', terms.grant)
    .where('device', '=', device)
    .where('closed_at', 'is', null)
    .where('ends_at', '>', now)
    .executeTakeFirst();
  if (!known) throw fail('grant-ended');
  const changes = { ...termColumns(terms), ends_at: endOf(terms, known.opened_at, now) };
  await writes.updateTable('grants').set(changes).where('id', '=', known.id).execute();
  await keepPort(writes, known.port, known.id, changes.ends_at);
  await audit(writes, {
    at: now,
    event: 'grant-changed-1',
    actor: `device/${device}`,
    subject: `grant/${known.id}`,
    details: { scopes: terms.scopes, endsAt: changes.ends_at, approval: terms.approval },
  });
  return { ...known, ...changes };
}

/** The device says what is left; the relay adds its own fence of 24 hours from the first `open`. */
function endOf(terms: GrantTerms, openedAt: number, now: number): number {
  return Math.min(now + terms.leftMs, openedAt + grantLongestMs);
}

function termColumns(terms: GrantTerms): Pick<GrantTable, 'scopes' | 'approval' | 'reference'> {
  return {
    scopes: JSON.stringify(terms.scopes),
    approval: terms.approval ? 1 : 0,
    reference: terms.reference ?? null,
  };
}
