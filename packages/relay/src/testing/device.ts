import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { makeGrantId, type Ticket } from '@sallyport/protocol/grant';
import { type FromRelay, fromRelaySchemas, type ToRelay, tunnelMessageCap } from '@sallyport/protocol/tunnel';
import { formatMessage, parseMessage } from '@sallyport/protocol/wire';
import { upgrade } from '@sallyport/runtime/http';
import { WebSocket } from 'ws';
import type { Person } from './people.ts';
import { clock, dial, type RelayPlace, random, relayName } from './relay.ts';

/** A device's end of a tunnel, made of protocol parts. */
export class TestTunnel {
  readonly socket: WebSocket;
  readonly #messages: FromRelay[] = [];
  #wake = (): void => {};

  constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('error', () => {});
    socket.on('message', (data) => {
      this.#messages.push(parseMessage(fromRelaySchemas, data as Buffer, tunnelMessageCap));
      this.#wake();
    });
    socket.on('close', () => this.#wake());
  }

  send(message: ToRelay): void {
    this.socket.send(formatMessage(message, tunnelMessageCap), { binary: false });
  }

  /** The next message of this type; those before it are dropped. */
  async next<T extends FromRelay['type']>(type: T): Promise<Extract<FromRelay, { type: T }>> {
    for (;;) {
      for (let message = this.#messages.shift(); message; message = this.#messages.shift()) {
        if (message.type === type) return message as Extract<FromRelay, { type: T }>;
      }
      if (this.socket.readyState === WebSocket.CLOSED) throw new Error(`closed before "${type}" came`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async closed(): Promise<number> {
    if (this.socket.readyState === WebSocket.CLOSED) return 0;
    const [code] = (await once(this.socket, 'close')) as [number];
    return code;
  }
}

export async function openTunnel(relay: RelayPlace, device: Person): Promise<TestTunnel> {
  const stream = await dial(relay, device.identity);
  const socket = new WebSocket(`ws://${relayName}/v1/tunnel`, ['sallyport.1'], {
    createConnection: () => stream,
    perMessageDeflate: false,
  });
  const tunnel = new TestTunnel(socket);
  await Promise.race([once(socket, 'open'), once(socket, 'error').then(([error]) => Promise.reject(error))]);
  return tunnel;
}

type OpenMessage = Extract<ToRelay, { type: 'open' }>;
export const grantTerms = (grant = makeGrantId(random), leftMs = 3_600_000): OpenMessage => ({
  type: 'open',
  grant,
  leftMs,
  scopes: ['terminal'],
  version: 'test',
});

/** Opens a tunnel and a grant on it. */
export async function openGrantOn(
  relay: RelayPlace,
  device: Person,
  terms = grantTerms(),
): Promise<{ tunnel: TestTunnel; opened: Extract<FromRelay, { type: 'opened' }>; terms: typeof terms }> {
  const tunnel = await openTunnel(relay, device);
  tunnel.send(terms);
  return { tunnel, opened: await tunnel.next('opened'), terms };
}

/** The device's half of a session. */
export async function dialBack(relay: RelayPlace, device: Person, ticket: Ticket): Promise<Duplex> {
  const stream = await dial(relay, device.identity);
  const { socket } = await upgrade(stream, {
    clock,
    timeoutMs: 10_000,
    path: `/v1/sessions/${ticket}`,
    host: relayName,
  });
  return socket;
}

/** The representative's half of a session. */
export async function knock(relay: RelayPlace, representative: Person, port: number) {
  const stream = await dial(relay, representative.identity);
  return upgrade(stream, {
    clock,
    timeoutMs: 20_000,
    path: `/v1/grants/${port}/session`,
    host: relayName,
  });
}

/** A whole session: knock, ticket, dial back. */
export async function openSession(
  relay: RelayPlace,
  {
    tunnel,
    port,
    device,
    representative,
  }: { tunnel: TestTunnel; port: number; device: Person; representative: Person },
  dialled: RelayPlace = relay,
): Promise<{ near: Duplex; far: Duplex }> {
  const knocking = knock(relay, representative, port);
  knocking.catch(() => {});
  const { ticket } = await tunnel.next('knock');
  const far = await dialBack(dialled, device, ticket);
  const { socket: near } = await knocking;
  return { near, far };
}
