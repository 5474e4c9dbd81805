/** A relay that does what it is told to, on the place of the true one and with its keys: devices and CLI take it for theirs. */
import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage } from 'node:http';
import { createServer, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { type SallyportError, toWireError, type WireError } from '@sallyport/protocol/errors';
import { makeTicket as newTicket, type PortNumber, type Ticket } from '@sallyport/protocol/grant';
import type { PeerIdentity } from '@sallyport/protocol/identity';
import { createTlsAcceptor, peerOf } from '@sallyport/protocol/tls';
import {
  type FromDevice,
  fromDeviceSchemas,
  type ToDevice,
  tunnelMessageCap,
} from '@sallyport/protocol/tunnel';
import { formatMessage, parseMessage } from '@sallyport/protocol/wire';
import { systemRandom } from '@sallyport/runtime/random';
import { type WebSocket, WebSocketServer } from 'ws';
import { Inbox } from './inbox.ts';
import { clock } from './line.ts';
import type { Someone, StolenKeys } from './people.ts';

type Opening = Extract<FromDevice, { type: 'open' }>;

/** The relay's end of a device's tunnel. */
export type HostileTunnel = {
  readonly device: PeerIdentity | undefined;
  readonly open: Opening;
  readonly socket: WebSocket;
  say(message: ToDevice): void;
  /** The next message of this type. */
  heard<T extends FromDevice['type']>(type: T): Promise<Extract<FromDevice, { type: T }>>;
  /** How the device declines this ticket. */
  declined(ticket: Ticket): Promise<WireError>;
  readonly closed: Promise<number>;
};

/** A representative who asks for a session. */
export type Visitor = {
  readonly peer: PeerIdentity | undefined;
  readonly port: PortNumber;
  /** Answers as if a device had dialled back. @returns the representative's half */
  join(headers?: { [name: string]: string }): Duplex;
  refuse(error: SallyportError): void;
};

export type HostileRelay = {
  readonly keys: StolenKeys;
  /** Connections that were made to it so far. */
  connections(): number;
  /** The next tunnel whose grant was opened. */
  tunnel(): Promise<HostileTunnel>;
  visitor(): Promise<Visitor>;
  /** Has `answer` called with each that comes, until the function that it returns is called. */
  eachVisitor(answer: (visitor: Visitor) => void): () => void;
  /** Sends a knock, and waits for the device to dial back. @throws the device's refusal, a WireError */
  knock(
    tunnel: HostileTunnel,
    who: Pick<Someone, 'id' | 'keySha256'>,
    terms?: Partial<KnockTerms>,
  ): Promise<Duplex>;
  /** What it answers to `open`. */
  opened: (open: Opening) => ToDevice;
  /** What it answers to a request that is no upgrade: status and body. */
  answer: (request: IncomingMessage, peer: PeerIdentity | undefined) => { status: number; body: unknown };
  close(): Promise<void>;
};
type KnockTerms = {
  ticket: Ticket;
  dial: string;
  /** Its answer to the device goes out in one piece with the first bytes of the representative. */
  together: boolean;
};

export const makeTicket = (): Ticket => newTicket(systemRandom);
export const hostilePort = 41_234 as PortNumber;

export async function startHostileRelay(keys: StolenKeys, ports: readonly number[]): Promise<HostileRelay> {
  const tunnels = new Inbox<HostileTunnel>('a tunnel');
  const visitors = new Inbox<Visitor>('a representative');
  const halves = new Map<string, (half: Duplex) => void>();
  const together = new Set<string>();
  const sockets = new Set<Socket>();
  let epoch = 1_000;
  let connections = 0;

  const acceptor = createTlsAcceptor({
    identity: () => keys.relay,
    authority: keys.authority,
    roles: ['device', 'representative'],
    certificate: 'optional',
    now: () => clock.wallMs(),
    clock,
  });
  const http = createHttpServer((request, response) => {
    const { status, body } = relay.answer(request, peerOf(request.socket));
    response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
    response.end(typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body));
  });
  const webSockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  http.on('upgrade', (request, stream, head) => {
    stream.on('error', () => {});
    const path = request.url ?? '';
    const session = /^\/v1\/grants\/(\d+)\/session$/.exec(path);
    const ticket = /^\/v1\/sessions\/(\w+)$/.exec(path);
    if (path === '/v1/tunnel') {
      webSockets.handleUpgrade(request, stream, head, (socket) => receive(socket, peerOf(stream)));
    } else if (session) {
      if (head.length > 0) stream.unshift(head);
      visitors.put(visitorOf(stream, Number(session[1]) as PortNumber));
    } else if (ticket) {
      if (head.length > 0) stream.unshift(head);
      const join = halves.get(ticket[1] ?? '');
      if (together.delete(ticket[1] ?? '')) join?.(saidWith(switching(), stream));
      else {
        switchProtocols(stream);
        join?.(stream);
      }
    }
  });

  function receive(socket: WebSocket, device: PeerIdentity | undefined): void {
    const inbox = new Inbox<FromDevice>('a message of the device');
    const declines = new Map<Ticket, (error: WireError) => void>();
    socket.on('error', () => {});
    socket.on('message', (data: Buffer) => {
      const message = parseMessage(fromDeviceSchemas, data, tunnelMessageCap);
      if (message.type === 'decline') return declines.get(message.ticket)?.(message.error);
      if (message.type !== 'open') return inbox.put(message);
      say(relay.opened(message));
      tunnels.put({ device, open: message, socket, say, heard, declined, closed });
    });
    const closed = once(socket, 'close').then(([code]) => Number(code));
    const declined = (ticket: Ticket): Promise<WireError> =>
      new Promise((resolve) => declines.set(ticket, resolve));
    const say = (message: ToDevice): void => socket.send(formatMessage(message, tunnelMessageCap).toString());
    const heard = <T extends FromDevice['type']>(type: T): Promise<Extract<FromDevice, { type: T }>> =>
      inbox.nextWhere((message): message is Extract<FromDevice, { type: T }> => message.type === type);
  }

  const servers = ports.map((port) =>
    createServer((socket) => {
      connections += 1;
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
      acceptor.accept(socket).then(
        ({ socket: secure }) => http.emit('connection', secure),
        () => {},
      );
    }).listen(port, '127.0.0.1'),
  );
  await Promise.all(servers.map((server) => once(server, 'listening')));

  const relay: HostileRelay = {
    keys,
    connections: () => connections,
    tunnel: () => tunnels.next(),
    visitor: () => visitors.next(),
    eachVisitor: (answer) => visitors.each(answer),
    async knock(tunnel, who, terms = {}) {
      const ticket = terms.ticket ?? makeTicket();
      const half = new Promise<Duplex>((resolve) => halves.set(ticket, resolve));
      if (terms.together) together.add(ticket);
      const declined = tunnel.declined(ticket).then((error) => Promise.reject(error));
      const { id: representative, keySha256: key } = who;
      tunnel.say({ type: 'knock', ticket, dial: terms.dial ?? 'localhost', representative, key });
      return Promise.race([half, declined]);
    },
    opened: ({ grant }) => {
      epoch += 1;
      return {
        type: 'opened',
        grant,
        port: hostilePort,
        now: clock.wallMs(),
        epoch,
        revoked: [],
        revocations: [],
      };
    },
    answer: () => ({ status: 200, body: { ok: true } }),
    async close() {
      for (const server of servers) server.close();
      for (const socket of sockets) socket.destroy();
      http.close();
      for (const socket of webSockets.clients) socket.terminate();
    },
  };
  return relay;
}

function visitorOf(stream: Duplex, port: PortNumber): Visitor {
  return {
    peer: peerOf(stream),
    port,
    join(headers) {
      switchProtocols(stream, headers);
      return stream;
    },
    refuse(error) {
      const body = JSON.stringify({ error: toWireError(error) });
      stream.end(
        `HTTP/1.1 ${error.row.http} No\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
      );
    },
  };
}

function switchProtocols(stream: Duplex, headers: { [name: string]: string } = {}): void {
  stream.write(switching(headers));
}

function switching(headers: { [name: string]: string } = {}): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: sallyport-session\r\n${lines.join('')}\r\n`;
}

/** A stream that says `head` in one piece with whatever is first said on it. */
function saidWith(head: string, stream: Duplex): Duplex {
  let before = Buffer.from(head);
  const joined = new Duplex({
    read: () => void stream.resume(),
    write(chunk: Buffer, _encoding, done) {
      stream.write(Buffer.concat([before, chunk]), (error) => done(error));
      before = Buffer.alloc(0);
    },
    final: (done) => void stream.end(() => done()),
    destroy(error, done) {
      stream.destroy();
      done(error);
    },
  });
  stream.on('data', (chunk: Buffer) => {
    if (!joined.push(chunk)) stream.pause();
  });
  stream.once('end', () => joined.push(null));
  stream.once('close', () => joined.destroy());
  return joined;
}
