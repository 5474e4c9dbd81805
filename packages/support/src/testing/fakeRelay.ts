import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { json } from 'node:stream/consumers';
import type { TLSSocket } from 'node:tls';
import type { Clock } from '@sallyport/protocol/environment';
import { type SallyportError, toWireError } from '@sallyport/protocol/errors';
import { createTlsAcceptor } from '@sallyport/protocol/tls';
import type { Maker } from './maker.ts';

/** What a test lets its relay do. A handler that throws an error of ours answers it. */
export type FakeRelayRules = {
  /** Answers a request with JSON. */
  readonly ask?: (
    method: string,
    path: string,
    socket: TLSSocket,
    body: unknown,
  ) => Promise<unknown> | unknown;
  /** Which grant the relay says has the port number, and what is at the other end of the session. */
  readonly knock?: (port: string) => { grant: string; device: string; answer: (half: Duplex) => void };
};
export type FakeRelay = { readonly port: number; close(): void };

/** A relay in this process, on a real loopback port, with real TLS. */
export async function startFakeRelay(maker: Maker, clock: Clock, rules: FakeRelayRules): Promise<FakeRelay> {
  const identity = await maker.identify('relay', 'localhost', clock.wallMs());
  const acceptor = createTlsAcceptor({
    identity: () => identity,
    authority: maker.authority,
    roles: ['representative'],
    certificate: 'optional',
    graceMs: 40 * 24 * 3_600_000,
    now: () => clock.wallMs(),
    clock,
  });
  const http = createHttpServer((request, response) => void answer(rules, request, response));
  http.on('upgrade', (request: IncomingMessage, stream: Duplex) => {
    stream.on('error', () => {});
    const port = /^\/v1\/grants\/(\d+)\/session$/.exec(request.url ?? '')?.[1] ?? '';
    try {
      const { grant, device, answer: serve } = rules.knock?.(port) ?? missing();
      stream.write(
        'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: sallyport-session\r\n' +
          `sallyport-grant: ${grant}\r\nsallyport-device: ${device}\r\n\r\n`,
      );
      serve(stream);
    } catch (error) {
      const body = JSON.stringify({ error: toWireError(error) });
      const { http: status } = (error as SallyportError).row;
      stream.end(
        `HTTP/1.1 ${status} No\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
      );
    }
  });
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    acceptor.accept(socket).then(
      ({ socket: secure }) => http.emit('connection', secure),
      () => {},
    );
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

async function answer(
  rules: FakeRelayRules,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const { method = '', url = '' } = request;
    const asked = method === 'POST' ? await json(request) : undefined;
    const answered = await (rules.ask ?? missing)(method, url, request.socket as TLSSocket, asked);
    response.end(JSON.stringify(answered));
  } catch (error) {
    response.writeHead((error as SallyportError).row.http).end(JSON.stringify({ error: toWireError(error) }));
  }
}

function missing(): never {
  throw new Error('the test has no rule for this');
}
