import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { renewalGraceMs } from '@sallyport/protocol/enrolment';
import { type Clock, type Log, type Random, uniform } from '@sallyport/protocol/environment';
import { fail } from '@sallyport/protocol/errors';
import { createTlsAcceptor } from '@sallyport/protocol/tls';
import { audit } from '../audit/index.ts';
import {
  makeIssuer,
  type NodeIdentity,
  nodeIdentity,
  readAuthority,
  type WriteFile,
} from '../authority/index.ts';
import { type BusEvent, openBus } from '../bus/index.ts';
import { GrantEnds } from '../grants/index.ts';
import { HeldConnections } from '../hold/index.ts';
import { drainSpreadMs, guests } from '../limits.ts';
import { SeenRepresentatives } from '../representatives/index.ts';
import { lastRevocation, watchRevocations } from '../revocations/index.ts';
import { LiveSessions, WaitingHalves } from '../session/index.ts';
import { openStore, type StorePlace } from '../store/index.ts';
import { TunnelHub } from '../tunnel/index.ts';
import type { Node } from './context.ts';
import { addressGroup, Crowd } from './crowd.ts';
import { every } from './every.ts';
import { watchExpiry } from './expiry.ts';
import { makeHttp } from './http.ts';
import { type ListenAddress, openListeners } from './listeners.ts';
import { lockNode } from './lock.ts';
import { enterNode } from './nodes.ts';
import { watchRepresentativeEnds } from './representativeEnds.ts';
import { carryOutRevocation, endEverything } from './revoked.ts';
import { catchUp, endGrant, onDeclined, onKnock, readGrantAgain } from './tunnels.ts';
import { answerUpgrades } from './upgrades.ts';

export type RelayOptions = {
  /** The data folder, with the authority in it. */
  readonly folder: string;
  /** The relay's name: what is enrolled. */
  readonly relayHost: string;
  /** This node's name, one label; none for a relay of one node. */
  readonly node?: string | undefined;
  readonly listen: readonly ListenAddress[];
  readonly place: StorePlace;
  readonly version: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly write: WriteFile;
  /** How long the headers of a request may take, where it is not the usual time. */
  readonly headersMs?: number;
};

export type RunningRelay = {
  readonly host: string;
  readonly addresses: readonly ListenAddress[];
  /** Refuses new sessions, tells devices to come back, and waits for the splices, `ms` at most. Then `stop`. */
  drain(ms: number): Promise<void>;
  /** Ends everything now. */
  stop(): Promise<void>;
};

const renewCheckMs = 3_600_000;

/** Starts a node. The one place where its parts are made and joined. */
export async function startRelay(options: RelayOptions): Promise<RunningRelay> {
  const { folder, relayHost, clock, random, log, write } = options;
  const host = options.node === undefined ? relayHost : `${options.node}.${relayHost}`;
  const authority = readAuthority(folder);
  const issuer = makeIssuer(authority.intermediates);
  const nodeContext = { folder, host, authority, issuer, write };
  let identity: NodeIdentity = await nodeIdentity(nodeContext, clock.wallMs());

  const store = await openStore(options.place);
  const closers: (() => Promise<void> | void)[] = [() => store.close()];
  const closeAll = async (): Promise<void> => {
    for (const close of closers.splice(0).reverse()) {
      try {
        await close();
      } catch (error) {
        log.warn('stop-failed-1', { error });
      }
    }
  };

  try {
    // Before anything is listened on: who starts a relay twice is told so, and not that its addresses are in use.
    closers.push(lockNode(join(folder, 'nodes', `${host}.lock`)));
    const bus = await openBus(store, { clock, log });
    closers.push(() => bus.close());
    const node: Node = {
      clock,
      random,
      log,
      host,
      relayHost,
      store,
      bus,
      authority,
      issuer,
      guests: new Crowd<Duplex>(guests, (stream) => stream.destroy()),
      hub: new TunnelHub(),
      waiting: new WaitingHalves({ clock, random }),
      held: new HeldConnections(clock),
      live: new LiveSessions(clock),
      seen: new SeenRepresentatives({ store, clock, log }),
      ends: new GrantEnds(clock, (grant) => {
        endGrant(node, grant);
        expiry.look();
      }),
      state: { draining: false, databaseLost: false, stopped: false },
    };
    const { hub, waiting, live, ends, state } = node;
    closers.push(() => ends.stop());

    const { app, server } = await makeHttp(node, options.version, options.headersMs);
    const upgrades = answerUpgrades(server, node);
    const acceptor = createTlsAcceptor({
      identity: () => identity,
      authority: authority.parsed,
      roles: ['device', 'representative'],
      certificate: 'optional',
      graceMs: renewalGraceMs,
      now: () => clock.wallMs(),
      clock,
    });
    closers.push(async () => {
      upgrades.terminate();
      node.held.end();
      server.closeAllConnections();
      await app.close();
    });

    // Read before anybody can be let in: what is revoked from here on is carried out.
    const known = await lastRevocation(store.db);
    const listeners = await openListeners(options.listen, async (socket) => {
      try {
        const { socket: secure, peer } = await acceptor.accept(socket);
        const group = peer ? `${peer.role}/${peer.id}` : addressGroup(socket.remoteAddress);
        node.guests.enter(secure, group);
        secure.on('close', () => node.guests.leave(secure));
        server.emit('connection', secure);
      } catch (error) {
        log.debug('handshake-failed-1', { error });
      }
    });
    closers.push(() => listeners.close());

    const watch = watchRevocations({
      store,
      clock,
      log,
      after: known,
      onRevocation: (revocation) => carryOutRevocation(node, revocation),
      onLost: () => {
        log.error('database-lost-1');
        state.databaseLost = true;
        endEverything(node);
      },
      onBack: () => {
        log.info('database-back-1');
        state.databaseLost = false;
      },
    });
    closers.push(() => watch.stop());
    closers.push(watchRepresentativeEnds(node, () => watch.look()));

    bus.onEvent((event) => onEvent(event));
    bus.onBack(() => {
      watch.look();
      catchUp(node).catch((error) => log.warn('catch-up-failed-1', { error }));
    });

    function onEvent(event: BusEvent): void {
      if (event.kind === 'knock') onKnock(node, event);
      else if (event.kind === 'declined') onDeclined(node, event);
      else if (event.kind === 'revocation') watch.look();
      else if (event.kind === 'tunnel-moved') {
        if (event.node !== host) hub.moved(event.device, event.epoch);
      } else {
        readGrantAgain(node, event.grant).catch((error) => log.warn('grant-unreadable-1', { error }));
      }
    }

    const expiry = watchExpiry(node);
    closers.push(() => expiry.stop());
    const renewIdentity = async (): Promise<void> => {
      const fresh = await nodeIdentity(nodeContext, clock.wallMs());
      if (fresh.endsAt === identity.endsAt) return;
      identity = fresh;
      acceptor.refresh();
      log.info('node-renewed-1', { endsAt: new Date(fresh.endsAt).toISOString() });
    };
    closers.push(
      every(clock, renewCheckMs, () => {
        renewIdentity().catch((error) => log.error('node-renewal-failed-1', { error }));
      }),
    );

    const ports = [...new Set(listeners.addresses.map(({ port }) => port))];
    const entry = await enterNode({ store, clock, log, host, ports });
    closers.push(() => entry.stop());
    await note(node, 'node-started-1', { version: options.version, ports: ports.map(String) });

    let stopped: Promise<void> | undefined;
    const stop = (): Promise<void> => {
      stopped ??= (async () => {
        state.draining = true;
        waiting.refuse(fail('relay-draining', { leg: 'relay' }), () => true);
        live.cut('stopped', () => true);
        await live.whenEmpty();
        if (!state.databaseLost) await note(node, 'node-stopped-1', {}).catch(() => {});
        state.stopped = true;
        await closeAll();
      })();
      return stopped;
    };
    return {
      host,
      addresses: listeners.addresses,
      async drain(ms): Promise<void> {
        if (!state.draining) {
          state.draining = true;
          log.info('node-draining-1', { sessions: live.size, tunnels: hub.size });
          entry.draining().catch((error) => log.warn('node-draining-failed-1', { error }));
          hub.broadcast({ type: 'drain', afterMs: 500 + uniform(random, drainSpreadMs) });
          await Promise.race([
            waiting.whenEmpty().then(() => live.whenEmpty()),
            new Promise<void>((resolve) => clock.after(ms, resolve)),
          ]);
        }
        await stop();
      },
      stop,
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

function note(
  { store, clock, host }: Node,
  event: 'node-started-1' | 'node-stopped-1',
  details: { [name: string]: string | readonly string[] },
): Promise<void> {
  const record = { at: clock.wallMs(), event, actor: `node/${host}`, subject: `node/${host}`, details };
  return store.db.transaction().execute((writes) => audit(writes, record));
}
