import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { fail } from '@sallyport/protocol/errors';
import { ticketSchema } from '@sallyport/protocol/grant';
import { peerOf } from '@sallyport/protocol/tls';
import { tunnelMessageCap } from '@sallyport/protocol/tunnel';
import { type WebSocket, WebSocketServer } from 'ws';
import { admit, type Caller, findUpgrade, type RouteName } from '../gate/index.ts';
import { dialBack, type KnockContext, knock, refuseUpgrade } from '../session/index.ts';
import { nodeFailure } from '../store/index.ts';
import { Tunnel } from '../tunnel/index.ts';
import type { Node } from './context.ts';
import { sendKnock, tunnelActs } from './tunnels.ts';

export const tunnelProtocol = 'sallyport.1';

export type Upgrades = {
  /** Ends the WebSockets that are left, without waiting. */
  terminate(): void;
};

/** Answers every request for an upgrade: tunnels, knocks, dials back. Everything else is refused by the gate. */
export function answerUpgrades(server: Server, node: Node): Upgrades {
  const { store, clock, log, guests, hub, waiting, live, ends } = node;
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: tunnelMessageCap,
    perMessageDeflate: false,
    clientTracking: true,
    handleProtocols: (offered) => (offered.has(tunnelProtocol) ? tunnelProtocol : false),
  });
  const acts = tunnelActs(node);
  const context: KnockContext = {
    store,
    clock,
    log,
    host: node.host,
    waiting,
    live,
    sendKnock: (message) => sendKnock(node, message),
    requireOpen: () => requireOpen(node),
    watchGrant: (grant) => ends.set(grant.id, grant.endsAt),
    seen: (representative) => node.seen.note(representative),
  };

  async function answer(request: IncomingMessage, stream: Duplex, head: Buffer): Promise<void> {
    const found = findUpgrade(request.method, request.url, request.headers.upgrade);
    const peer = peerOf(stream);
    const caller = await admit(found?.route, peer, { queries: store.db, now: clock.wallMs() });
    if (!found) throw fail('not-found');
    log.info('upgrade-1', { route: found.name, caller: callerName(caller) });
    guests.leave(stream);
    await perform(found.name, caller, found.parameter);

    async function perform(name: RouteName, admitted: Caller, parameter: string): Promise<void> {
      if (name === 'tunnel' && admitted.role === 'device') {
        openTunnel(request, stream, head, admitted.id);
      } else if (name === 'knock' && admitted.role === 'representative') {
        await knock(stream, head, { caller: admitted, portText: parameter }, context);
      } else if (name === 'hold' && admitted.role === 'device') {
        requireOpen(node);
        node.held.hold(stream, head, admitted.id);
      } else if (name === 'dialBack' && admitted.role === 'device') {
        const ticket = ticketSchema.safeParse(parameter);
        if (!ticket.success) throw fail('ticket-unknown');
        dialBack(stream, head, { device: admitted.id, ticket: ticket.data }, waiting);
      } else {
        throw fail('not-found');
      }
    }
  }

  function openTunnel(request: IncomingMessage, stream: Duplex, head: Buffer, device: string): void {
    requireOpen(node);
    const offered = String(request.headers['sec-websocket-protocol'] ?? '').slice(0, 200);
    if (!offered.split(',').some((name) => name.trim() === tunnelProtocol)) {
      throw fail('version-unsupported', { details: { theirs: 'unknown', ours: 1 } });
    }
    sockets.handleUpgrade(request, stream, head, (socket: WebSocket) => {
      hub.add(new Tunnel(socket, { device, acts, clock, log }));
    });
  }

  server.on('upgrade', (request, stream, head) => {
    stream.on('error', () => {});
    answer(request, stream, head).catch((error) => {
      const known = nodeFailure(error);
      if (known !== error) log.error('upgrade-failed-1', { error });
      else log.info('upgrade-refused-1', { code: known.code });
      refuseUpgrade(stream, known, clock);
    });
  });
  return {
    terminate(): void {
      for (const socket of sockets.clients) socket.terminate();
    },
  };
}

/** @throws relay-draining, relay-database-lost */
function requireOpen({ state }: Node): void {
  if (state.draining) throw fail('relay-draining', { leg: 'relay' });
  if (state.databaseLost) throw fail('relay-database-lost', { leg: 'relay' });
}

export function callerName(caller: Caller): string {
  return caller.role === 'nobody' ? 'nobody' : `${caller.role}/${caller.id}`;
}
