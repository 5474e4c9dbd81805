import { fail, fromWireError, toWireError } from '@sallyport/protocol/errors';
import { takable } from '@sallyport/protocol/tunnel';
import type { Declined, Knock } from '../bus/index.ts';
import {
  changeGrant,
  closeGrant,
  findOpenGrant,
  isKnownGrant,
  noteHeads,
  openGrant,
} from '../grants/index.ts';
import { revokedKeys } from '../revocations/index.ts';
import { Together, type Writes } from '../store/index.ts';
import {
  claimTunnel,
  newestEpochs,
  nodeOfTunnel,
  releaseTunnel,
  type Tunnel,
  type TunnelActs,
} from '../tunnel/index.ts';
import type { Node } from './context.ts';

/** A refusal that is larger goes without its details: it has to fit into a notification between nodes. */
const declinedCap = 4_000;

/** What a device may ask for on its tunnel, carried out at this node. */
export function tunnelActs(node: Node): TunnelActs {
  const { store, clock, random, hub, bus, log, host, ends } = node;
  const together = new Together(store);
  const release = async ({ device, epoch }: Tunnel): Promise<void> => {
    if (epoch === undefined || node.state.stopped) return;
    await releaseTunnel(store.db, { device, epoch }).catch((error) =>
      log.warn('tunnel-release-failed-1', { device, error }),
    );
  };
  return {
    async open(tunnel, message): Promise<void> {
      const { device } = tunnel;
      const now = clock.wallMs();
      const work = async (writes: Writes) => ({
        epoch: await claimTunnel(writes, { device, node: host, now }),
        opened: await openGrant(writes, message, { device, hadPort: message.port, now, random }),
        told: await revokedKeys(writes, now),
      });
      // A new grant goes into the audit log, whose entries come one after the other.
      const { epoch, opened, told } = (await isKnownGrant(store.db, message.grant))
        ? await together.run(work)
        : await store.db.transaction().execute(work);
      // Closed is closed, also when this tunnel comes to nothing.
      for (const grant of opened.replaced) bus.publish({ kind: 'grant', grant });
      tunnel.epoch = epoch;
      tunnel.grant = message.grant;
      if (!hub.opened(tunnel, epoch)) {
        // One that closed meanwhile had no epoch yet by which it could be released.
        await release(tunnel);
        return;
      }
      ends.set(message.grant, opened.grant.ends_at);
      tunnel.send({
        type: 'opened',
        grant: message.grant,
        port: opened.grant.port,
        now: clock.wallMs(),
        epoch,
        takes: [...takable],
        ...told,
        ...(opened.changed ? { changed: opened.changed } : {}),
      });
      bus.publish({ kind: 'tunnel-moved', device, epoch, node: host });
      log.info('grant-opened-1', { device, grant: message.grant, port: opened.grant.port, epoch });
    },

    async change(tunnel, message): Promise<void> {
      const now = clock.wallMs();
      const changed = await store.db
        .transaction()
        .execute((writes) => changeGrant(writes, message, { device: tunnel.device, now }));
      ends.set(message.grant, changed.ends_at);
      bus.publish({ kind: 'grant', grant: message.grant });
    },

    async close(tunnel, message): Promise<void> {
      const { device } = tunnel;
      if (node.state.stopped) return;
      const closing = { now: clock.wallMs(), why: message.reason, actor: `device/${device}` };
      await store.db
        .transaction()
        .execute((writes) => closeGrant(writes, { grant: message.grant, device }, closing));
      if (tunnel.grant === message.grant) tunnel.grant = undefined;
      bus.publish({ kind: 'grant', grant: message.grant });
      log.info('grant-closed-1', { device, grant: message.grant, why: message.reason });
    },

    async decline(tunnel, { ticket, error }): Promise<void> {
      // Made anew: a code that we know keeps our text, and foreign text is made printable.
      const made = toWireError(fromWireError(error));
      const told = JSON.stringify(made).length > declinedCap ? { ...made, details: {} } : made;
      bus.publish({ kind: 'declined', device: tunnel.device, ticket, error: told });
    },

    async heads(tunnel, message): Promise<void> {
      const { device } = tunnel;
      const now = clock.wallMs();
      await store.db.transaction().execute((writes) => noteHeads(writes, message, { device, now }));
      tunnel.send({ type: 'noted', id: message.id });
    },

    gone(tunnel): void {
      hub.remove(tunnel);
      void release(tunnel);
    },
  };
}

/** Sends a knock to wherever the device's tunnel is. @throws device-away */
export async function sendKnock(node: Node, knock: Omit<Knock, 'kind' | 'to'>): Promise<void> {
  if (knockHere(node, knock)) return;
  const to = await nodeOfTunnel(node.store.db, knock.device, node.clock.wallMs());
  if (to === undefined || to === node.host) throw fail('device-away', { leg: 'to-device' });
  node.bus.publish({ kind: 'knock', to, ...knock });
}

/** A knock came from another node, for a tunnel that was here. */
export function onKnock(node: Node, { kind: _kind, to, ...knock }: Knock): void {
  if (to !== node.host || knockHere(node, knock)) return;
  node.bus.publish({
    kind: 'declined',
    device: knock.device,
    ticket: knock.ticket,
    error: toWireError(fail('device-away')),
  });
}

function knockHere({ hub }: Node, knock: Omit<Knock, 'kind' | 'to'>): boolean {
  const tunnel = hub.get(knock.device);
  if (tunnel?.grant !== knock.grant) return false;
  tunnel.send({
    type: 'knock',
    ticket: knock.ticket,
    dial: knock.dial,
    representative: knock.representative,
    key: knock.key,
  });
  return true;
}

export function onDeclined({ waiting }: Node, { ticket, device, error }: Declined): void {
  waiting.decline(ticket, device, fromWireError(error).at('to-device'));
}

/** Reads a grant again that somebody changed or closed; what belongs to a closed one is cut. */
export async function readGrantAgain(node: Node, grant: Parameters<typeof endGrant>[1]): Promise<void> {
  if (!concerns(node, grant)) return;
  const open = await findOpenGrant(node.store.db, grant, node.clock.wallMs());
  if (open) node.ends.set(grant, open.ends_at);
  else endGrant(node, grant);
}

function concerns({ ends, live }: Node, grant: Parameters<typeof endGrant>[1]): boolean {
  return ends.has(grant) || live.grants().has(grant);
}

/** A grant is over: everything of it at this node ends now. */
export function endGrant({ ends, live, waiting, hub }: Node, grant: Knock['grant']): void {
  ends.delete(grant);
  live.cut('grant-ended', (parties) => parties.grant === grant);
  waiting.refuse(fail('grant-ended', { leg: 'relay' }), (parties) => parties.grant === grant);
  hub.end(fail('grant-ended'), (tunnel) => tunnel.grant === grant);
}

/** Events may have been missed: compares what is here with the database. */
export async function catchUp(node: Node): Promise<void> {
  const { store, hub, ends, live } = node;
  const epochs = await newestEpochs(store.db, hub.devices());
  for (const [device, epoch] of epochs) hub.moved(device, epoch);
  for (const grant of new Set([...ends.grants(), ...live.grants()])) await readGrantAgain(node, grant);
}
