import type { GrantList } from '@sallyport/protocol/enrolment';
import type { PortNumber } from '@sallyport/protocol/grant';
import { nodeGoneMs } from '../limits.ts';
import type { GrantTable, Queries } from '../store/index.ts';

/** The open grant that a port number names. */
export async function findByPort(
  queries: Queries,
  port: PortNumber,
  now: number,
): Promise<GrantTable | undefined> {
  return queries
    .selectFrom('ports')
    .innerJoin('grants', 'grants.id', 'ports.grant_id')
    .selectAll('grants')
    .where('ports.port', '=', port)
    .where('grants.port', '=', port)
    .where('grants.closed_at', 'is', null)
    .where('grants.ends_at', '>', now)
    .executeTakeFirst();
}

/** A grant that is open now. */
export async function findOpenGrant(
  queries: Queries,
  grant: string,
  now: number,
): Promise<GrantTable | undefined> {
  return queries
    .selectFrom('grants')
    .selectAll()
    .where('id', '=', grant)
    .where('closed_at', 'is', null)
    .where('ends_at', '>', now)
    .executeTakeFirst();
}

/** All open grants, as representatives see them. There are never more than port numbers. */
export async function listOpenGrants(queries: Queries, now: number): Promise<GrantList['grants']> {
  const rows = await queries
    .selectFrom('grants')
    .innerJoin('devices', 'devices.id', 'grants.device')
    .leftJoin('tunnels', 'tunnels.device', 'grants.device')
    .leftJoin('nodes', 'nodes.host', 'tunnels.node')
    .selectAll('grants')
    .select(['devices.name', 'nodes.seen_at as node_seen_at'])
    .where('grants.closed_at', 'is', null)
    .where('grants.ends_at', '>', now)
    .orderBy('grants.opened_at', 'desc')
    .execute();
  return rows.map((row) => ({
    grant: row.id,
    port: row.port,
    device: row.device,
    name: row.name,
    endsAt: new Date(row.ends_at).toISOString(),
    scopes: JSON.parse(row.scopes),
    approval: row.approval === 1,
    ...(row.reference === null ? {} : { reference: row.reference }),
    connected: row.node_seen_at !== null && row.node_seen_at > now - nodeGoneMs,
  })) as GrantList['grants'];
}
