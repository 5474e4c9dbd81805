import { readFileSync, realpathSync, statSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { fail } from '../errors/index.ts';
import { ask, findProgram } from '../network/run.ts';
import { planByIproute, readSnapshot, type Snapshot } from './iproute.ts';
import { planByNetworkManager, profileFields, readDevice, readProfile } from './networkManager.ts';
import { dhcpClients, dhcpClientsOf, resolverFile, type Step } from './steps.ts';
import { mustBePossible, type NetworkWish } from './wish.ts';

/** What sets the network of this machine. */
export type SetBy = 'network-manager' | 'iproute2';
export type Plan = {
  readonly setBy: SetBy;
  readonly apply: readonly Step[];
  readonly back: readonly Step[];
  /** What makes it last; nothing where the agent sets it again at each start. */
  readonly keep: readonly Step[];
};

const resolverCap = 64 * 1024;

/**
 * How to make a network port as it is wished, and how to take that back. Changes nothing.
 *
 * @throws network-interface-unknown, network-value-wrong, network-change-failed
 */
export async function planChange(wish: NetworkWish): Promise<Plan> {
  const { interface: name } = wish;
  const said = await ask('ip', ['-j', '-4', 'address', 'show', 'dev', name]);
  const routes = await ask('ip', ['-j', '-4', 'route', 'show', 'dev', name]);
  if (findProgram('ip') === undefined) throw failed(name, 'iproute2 (the program ip) is not installed');
  if (said === undefined || routes === undefined || name === 'lo') {
    throw fail('network-interface-unknown', { details: { interface: name } });
  }
  mustBePossible(wish, addressesBut(name));
  const profile = await askNetworkManager(name);
  if (profile) return { setBy: 'network-manager', ...planByNetworkManager(wish, profile) };
  const now = snapshotOf(name, said, routes);
  if (
    wish.ipv4.method === 'hand' &&
    wish.ipv4.dns.length > 0 &&
    !now.resolved &&
    now.resolver === undefined
  ) {
    throw failed(name, `${resolverFile} cannot be read, so it cannot name other DNS servers`);
  }
  const plan = planByIproute(wish, now);
  if (!plan) throw failed(name, 'no program that asks for an address by DHCP is installed');
  return { setBy: 'iproute2', ...plan, keep: [] };
}

/** How a port is now. @throws what `ip` says that is no answer */
export async function takeSnapshot(name: string): Promise<Snapshot | undefined> {
  const addresses = await ask('ip', ['-j', '-4', 'address', 'show', 'dev', name]);
  const routes = await ask('ip', ['-j', '-4', 'route', 'show', 'dev', name]);
  return addresses === undefined || routes === undefined ? undefined : snapshotOf(name, addresses, routes);
}

function snapshotOf(name: string, addresses: string, routes: string): Snapshot {
  return readSnapshot(
    name,
    { addresses, routes },
    {
      ...readResolver(),
      dhcp: dhcpClientsOf(name),
      installed: dhcpClients.filter((program) => findProgram(program) !== undefined),
    },
  );
}

function readResolver(): Pick<Snapshot, 'resolver' | 'resolved'> {
  try {
    const file = realpathSync(resolverFile);
    if (statSync(file).size > resolverCap) return { resolver: undefined, resolved: false };
    return {
      resolver: readFileSync(file, 'utf8'),
      resolved: file.startsWith('/run/systemd/resolve/') && findProgram('resolvectl') !== undefined,
    };
  } catch {
    return { resolver: undefined, resolved: false };
  }
}

/** The connection of a port that NetworkManager looks after; undefined if it does not, or does not run. */
async function askNetworkManager(name: string): Promise<ReturnType<typeof readProfile> | undefined> {
  const running = await ask('nmcli', ['-t', '-f', 'RUNNING', 'general']);
  if (running?.trim() !== 'running') return undefined;
  const device = await ask('nmcli', ['-g', 'GENERAL.STATE,GENERAL.CON-UUID', 'device', 'show', name]);
  const { managed, uuid } = readDevice(device ?? '');
  if (!managed) return undefined;
  if (uuid === undefined) return readProfile(name, undefined, '');
  const said = await ask('nmcli', ['-g', profileFields.join(','), 'connection', 'show', uuid]);
  if (said === undefined) throw failed(name, 'NetworkManager does not tell how it is set');
  return readProfile(name, uuid, said);
}

const addressesBut = (name: string): string[] =>
  Object.entries(networkInterfaces()).flatMap(([other, found]) =>
    other === name ? [] : (found ?? []).map(({ address }) => address),
  );

export const failed = (name: string, reason: string, cause?: unknown): Error =>
  fail('network-change-failed', { details: { interface: name, reason }, cause });
