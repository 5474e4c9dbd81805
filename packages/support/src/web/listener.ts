import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http';
import { type Duplex, pipeline } from 'node:stream';
import type { Random } from '@sallyport/protocol/environment';
import { SallyportError } from '@sallyport/protocol/errors';
import { listenOnLoopback } from '../loopback/index.ts';
import { type Gate, makeGate } from './gate.ts';
import { toBrowser, toDevice } from './headers.ts';

export type WebListenerOptions = {
  readonly device: string;
  /** Opens a `web` channel; one for each request. */
  readonly openChannel: () => Promise<Duplex>;
  readonly random: Random;
  /** A port of this computer; 0 for any that is free. */
  readonly port?: number;
  /** How long the headers of a request may take, where it is not the usual time. */
  readonly headersMs?: number;
};

const longestHeadersMs = 30_000;
export type WebListener = {
  /** What to open in the browser, once. */
  readonly firstAddress: string;
  readonly origin: string;
  close(): void;
};

/**
 * Serves a device's web interface at `http://DEVICE-ID.localhost:PORT` of this computer. It opens nothing but `web`
 * channels, whatever a request asks for.
 *
 * @throws listen-failed
 */
export async function openWebListener(options: WebListenerOptions): Promise<WebListener> {
  const { headersMs = longestHeadersMs } = options;
  // No time-out for a whole request: a firmware image may take long on its way up. One for its headers.
  const http = createServer({
    requestTimeout: 0,
    headersTimeout: headersMs,
    connectionsCheckingInterval: headersMs / 6,
  });
  // Headers are only watched after 'listening'; this server is given its connections.
  http.emit('listening');
  const listener = await listenOnLoopback({
    port: options.port ?? 0,
    both: true,
    onSocket: (socket) => http.emit('connection', socket),
  });
  const gate = makeGate({ device: options.device, port: listener.port, random: options.random });
  http.on('request', (request, response) => answer(request, response, gate, options.openChannel));
  http.on('upgrade', (request, socket, head) => {
    socket.on('error', () => {});
    upgrade(request, socket, head, gate, options.openChannel).catch(() => socket.destroy());
  });
  http.on('connect', (_request, socket) => socket.destroy());
  return {
    firstAddress: gate.firstAddress,
    origin: gate.origin,
    close: () => {
      listener.close();
      http.close();
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  gate: Gate,
  openChannel: () => Promise<Duplex>,
): Promise<void> {
  const { method = 'GET', url = '/', headers } = request;
  const verdict = gate.judge({ method, url, headers, upgrade: false });
  if (verdict.do === 'refuse') return say(response, verdict.status, verdict.text);
  if (verdict.do === 'enter') {
    response
      .writeHead(303, { location: '/', 'set-cookie': verdict.setCookie, 'cache-control': 'no-store' })
      .end();
    return;
  }
  let channel: Duplex;
  try {
    channel = await openChannel();
  } catch (error) {
    return say(response, ...inWords(error));
  }
  if (response.destroyed || request.socket.destroyed) return void channel.destroy();
  const onward = httpRequest({
    createConnection: () => channel,
    method,
    path: url,
    headers: toDevice(request.rawHeaders, gate.passedCookies(headers.cookie)),
  });
  const breakOff = (error?: unknown): void => {
    channel.destroy();
    if (response.headersSent) response.destroy();
    else say(response, ...inWords(error));
  };
  onward.on('response', (answered) => {
    try {
      response.writeHead(statusOf(answered), toBrowser(answered.rawHeaders, gate.origin));
    } catch (error) {
      // Node reads headers that it does not write.
      breakOff(error);
      return;
    }
    pipeline(answered, response, () => channel.destroy());
  });
  // Nobody asked for another protocol.
  onward.on('upgrade', () => breakOff());
  onward.on('error', breakOff);
  response.on('close', () => channel.destroy());
  pipeline(request, onward, () => {});
}

async function upgrade(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  gate: Gate,
  openChannel: () => Promise<Duplex>,
): Promise<void> {
  const { method = 'GET', url = '/', headers } = request;
  const verdict = gate.judge({ method, url, headers, upgrade: true });
  if (verdict.do !== 'pass') {
    const [status, text] = verdict.do === 'refuse' ? [verdict.status, verdict.text] : [400, 'Not here.'];
    socket.end(rawHead(status, { 'content-type': 'text/plain', connection: 'close' }) + text);
    return;
  }
  const channel = await openChannel();
  if (socket.destroyed) return void channel.destroy();
  socket.on('close', () => channel.destroy());
  const onward = httpRequest({
    createConnection: () => channel,
    method,
    path: url,
    headers: {
      ...toDevice(request.rawHeaders, gate.passedCookies(headers.cookie)),
      connection: 'Upgrade',
      upgrade: headers.upgrade ?? '',
    },
  });
  onward.on('error', () => socket.destroy());
  onward.on('response', (answered) => {
    const fields = toBrowser(answered.rawHeaders, gate.origin);
    socket.write(rawHead(statusOf(answered), { ...fields, connection: 'close' }));
    pipeline(answered, socket, () => channel.destroy());
  });
  onward.on('upgrade', (answered, stream, early) => {
    const fields = { ...toBrowser(answered.rawHeaders, gate.origin), connection: 'Upgrade' };
    socket.write(rawHead(101, { ...fields, upgrade: answered.headers.upgrade ?? '' }));
    if (early.length > 0) stream.unshift(early);
    if (head.length > 0) stream.write(head);
    pipeline(socket, stream, () => {});
    pipeline(stream, socket, () => {});
  });
  onward.end();
}

/** The status of a device's answer; 502 for one that HTTP does not have. Its words for it are not passed on. */
function statusOf({ statusCode = 502 }: IncomingMessage): number {
  return statusCode >= 200 && statusCode <= 599 ? statusCode : 502;
}

/** The head of an HTTP/1.1 answer, for a socket that `node:http` has let go. */
function rawHead(status: number, fields: { [name: string]: string | string[] }): string {
  const lines = Object.entries(fields).flatMap(([name, value]) =>
    [value].flat().map((each) => `${name}: ${each}`),
  );
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n`;
}

function say(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' });
  response.end(`${text}\n`);
}

function inWords(error: unknown): [number, string] {
  if (error instanceof SallyportError) return [error.row.http, `${error.message} ${error.next}`];
  return [502, 'The device broke off its answer.'];
}
