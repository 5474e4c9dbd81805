import type { Duplex } from 'node:stream';
import type { Clock, Log } from '@sallyport/protocol/environment';
import { fail } from '@sallyport/protocol/errors';
import { type GrantId, parsePortNumber, type Ticket } from '@sallyport/protocol/grant';
import { audit } from '../audit/index.ts';
import type { Knock } from '../bus/index.ts';
import { admit, type RepresentativeCaller, routes } from '../gate/index.ts';
import { findByPort, findOpenGrant } from '../grants/index.ts';
import { nodeFailure, type Store } from '../store/index.ts';
import { EarlyHalf } from './early.ts';
import type { LiveSessions, SessionParties } from './live.ts';
import { type Half, splice } from './splice.ts';
import { refuseUpgrade, switchProtocols } from './upgrade.ts';
import type { WaitingHalves } from './waiting.ts';

export type KnockContext = {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  /** Host name of this node. */
  readonly host: string;
  readonly waiting: WaitingHalves;
  readonly live: LiveSessions;
  /** Sends the knock to the node that holds the device's tunnel. @throws device-away */
  sendKnock(knock: Omit<Knock, 'kind' | 'to'>): Promise<void>;
  /** Throws when this node takes no new sessions: it drains, or lost its database. */
  requireOpen(): void;
  /** The end of this grant matters to this node from now on. */
  watchGrant(grant: { id: GrantId; endsAt: number }): void;
  /** The representative is there at this moment. */
  seen(representative: string): void;
};

/**
 * A representative asks for a session with the grant of a port number. Makes a ticket, has the device told, waits for it
 * to dial back, answers 101 and splices (design, section 4, steps 2 and 3).
 */
export async function knock(
  stream: Duplex,
  head: Uint8Array,
  { caller, portText }: { caller: RepresentativeCaller; portText: string },
  context: KnockContext,
): Promise<void> {
  const { store, clock, waiting, live } = context;
  context.requireOpen();
  const port = parsePortNumber(portText);
  const grant = port && (await findByPort(store.db, port, clock.wallMs()));
  if (!grant) throw fail('grant-not-found', { leg: 'relay' });
  const parties: SessionParties = {
    grant: grant.id as GrantId,
    device: grant.device,
    representative: caller.id,
  };
  if (!live.hasRoom(parties.grant)) throw fail('device-busy', { leg: 'relay' });
  if (stream.destroyed) return;
  context.seen(caller.id);
  const { ticket, abandon } = waiting.open(parties, (answer) => {
    const half = early.release();
    if ('half' in answer) {
      join(half, answer.half, parties, context);
      return;
    }
    note(context, parties, 'session-declined-1', { code: answer.error.code });
    refuseUpgrade(stream, answer.error, clock);
  });
  const early = new EarlyHalf(stream, head, abandon);
  try {
    // Looked up again now that the session can be found: whatever is revoked or closed from here on, finds it.
    await admit(routes.knock, caller.peer, { queries: store.db, now: clock.wallMs() });
    const open = await findOpenGrant(store.db, grant.id, clock.wallMs());
    if (!open) throw fail('grant-ended', { leg: 'relay' });
    context.watchGrant({ id: parties.grant, endsAt: open.ends_at });
    await context.sendKnock({
      device: parties.device,
      grant: parties.grant,
      ticket,
      dial: context.host,
      representative: caller.id,
      key: caller.peer.keySha256,
    });
  } catch (error) {
    waiting.decline(ticket, parties.device, nodeFailure(error));
  }
}

/** The device dials back with a ticket. Both halves get their 101 in the same turn. @throws ticket-unknown */
export function dialBack(
  stream: Duplex,
  head: Uint8Array,
  { device, ticket }: { device: string; ticket: Ticket },
  waiting: WaitingHalves,
): void {
  waiting.join(ticket, device, { stream, early: head.byteLength > 0 ? [head] : [] });
}

function join(representative: Half, device: Half, parties: SessionParties, context: KnockContext): void {
  const { live, clock } = context;
  // Each half's answer goes out before a byte of the other half can.
  switchProtocols(representative.stream, {
    'sallyport-grant': parties.grant,
    'sallyport-device': parties.device,
  });
  switchProtocols(device.stream);
  const joined = splice(representative, device, { clock });
  note(context, parties, 'session-joined-1', {});
  const since = clock.monotonicMs();
  live.add({ ...parties, splice: joined }, ({ bytes, cut }) => {
    context.seen(parties.representative);
    note(context, parties, 'session-ended-1', {
      ...bytes,
      seconds: Math.round((clock.monotonicMs() - since) / 1_000),
      cut: cut ?? null,
    });
  });
}

/** The audit log's word on who talked to which device, when and how much. The session does not wait for the disk. */
function note(
  { store, clock, log }: KnockContext,
  { grant, device, representative }: SessionParties,
  event: 'session-joined-1' | 'session-declined-1' | 'session-ended-1',
  details: { [name: string]: string | number | null },
): void {
  const record = {
    at: clock.wallMs(),
    event,
    actor: `representative/${representative}`,
    subject: `grant/${grant}`,
    details: { device, ...details },
  };
  log.info(event, { grant, device, representative, ...details });
  store.db
    .transaction()
    .execute((writes) => audit(writes, record))
    .catch((error) => log.error('audit-failed-1', { error, event }));
}
