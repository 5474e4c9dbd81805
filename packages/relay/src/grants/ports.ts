import { type Random, uniform } from '@sallyport/protocol/environment';
import { fail } from '@sallyport/protocol/errors';
import { highestPortNumber, lowestPortNumber, type PortNumber } from '@sallyport/protocol/grant';
import { portRestMs } from '../limits.ts';
import type { Queries, Writes } from '../store/index.ts';

const count = highestPortNumber - lowestPortNumber + 1;
const blindTries = 8;

/**
 * Reserves a port number for a grant: random, free, not used in the last 24 hours. `free_from` says from when on it may
 * be given again, and lies 24 hours after the grant's end; so being free and having rested are one comparison.
 *
 * @param wish the number that the grant had before, taken again if it is free
 * @throws port-numbers-used-up
 */
export async function reservePort(
  writes: Writes,
  {
    grant,
    endsAt,
    now,
    random,
    wish,
  }: { grant: string; endsAt: number; now: number; random: Random; wish?: number },
): Promise<PortNumber> {
  const freeFrom = endsAt + portRestMs;
  if (wish !== undefined && (await take(writes, wish, grant, freeFrom, now))) return wish as PortNumber;
  for (let tries = 0; tries < blindTries; tries++) {
    const port = lowestPortNumber + uniform(random, count);
    if (await take(writes, port, grant, freeFrom, now)) return port as PortNumber;
  }
  const free = await freePorts(writes, now);
  while (free.length > 0) {
    const [port] = free.splice(uniform(random, free.length), 1);
    if (port !== undefined && (await take(writes, port, grant, freeFrom, now))) return port as PortNumber;
  }
  throw fail('port-numbers-used-up');
}

async function take(
  writes: Writes,
  port: number,
  grant: string,
  freeFrom: number,
  now: number,
): Promise<boolean> {
  const taken = await writes
    .insertInto('ports')
    .values({ port, grant_id: grant, free_from: freeFrom })
    .onConflict((conflict) =>
      conflict
        .column('port')
        .doUpdateSet({ grant_id: grant, free_from: freeFrom })
        .where('ports.free_from', '<=', now),
    )
    .returning('port')
    .executeTakeFirst();
  return taken !== undefined;
}

async function freePorts(queries: Queries, now: number): Promise<number[]> {
  const rows = await queries.selectFrom('ports').select('port').where('free_from', '>', now).execute();
  const held = new Set(rows.map((row) => row.port));
  return Array.from({ length: count }, (_, index) => lowestPortNumber + index).filter(
    (port) => !held.has(port),
  );
}

/** Keeps the number for as long as the grant lasts and 24 hours more. False if it names another grant by now. */
export async function keepPort(
  writes: Writes,
  port: number,
  grant: string,
  endsAt: number,
): Promise<boolean> {
  const { numUpdatedRows } = await writes
    .updateTable('ports')
    .set({ free_from: endsAt + portRestMs })
    .where('port', '=', port)
    .where('grant_id', '=', grant)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}
