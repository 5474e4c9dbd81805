import type { GrantList } from '@sallyport/protocol/enrolment';
import { formatDuration, type Scope } from '@sallyport/protocol/grant';

/** One grant as `grants --json` tells it (design, section 7); what follows `scopes` is more than the design promises. */
export type GrantForMachines = {
  readonly port: number;
  readonly device: string;
  readonly endsAt: string;
  readonly scopes: readonly Scope[];
  readonly name: string;
  readonly connected: boolean;
  readonly approval: boolean;
  readonly reference?: string;
};

export function grantsForMachines({ grants }: GrantList): GrantForMachines[] {
  return byPort(grants).map(({ port, device, endsAt, scopes, name, connected, approval, reference }) => ({
    port,
    device,
    endsAt,
    scopes,
    name,
    connected,
    approval,
    ...(reference === undefined ? {} : { reference }),
  }));
}

/** The same as rows for people: port number, device, its name, time left, scopes, reference. */
export function grantRows({ grants }: GrantList, wallMs: number): string[][] {
  return byPort(grants).map((grant) => [
    String(grant.port),
    grant.connected ? grant.device : `${grant.device} (away)`,
    grant.name,
    timeLeft(Date.parse(grant.endsAt) - wallMs),
    [...grant.scopes, ...(grant.approval ? ['(after approval)'] : [])].join(' '),
    grant.reference ?? '',
  ]);
}

/** Whole minutes where seconds do not matter: "in 3h", "in 59m", "in 40s", "now". */
function timeLeft(ms: number): string {
  if (!(ms > 0)) return 'now';
  if (ms < 120_000) return `in ${formatDuration(ms)}`;
  const minutes = Math.round(ms / 60_000);
  const hours = Math.floor(minutes / 60);
  return hours === 0 ? `in ${minutes}m` : `in ${hours}h${minutes % 60 ? ` ${minutes % 60}m` : ''}`;
}

const byPort = (grants: GrantList['grants']): GrantList['grants'] =>
  grants.toSorted((a, b) => a.port - b.port);
