import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { fail, type SallyportError, toWireError } from '@sallyport/protocol/errors';
import type { GrantId, PortNumber } from '@sallyport/protocol/grant';
import { type FakeClock, fakeClock, settle } from '@sallyport/protocol/testing';
import { type FromRelay, tunnelMessageCap } from '@sallyport/protocol/tunnel';
import { type WebSocket, WebSocketServer } from 'ws';
import { type Link, openLink } from './link.ts';

const grant = '0123456789abcdef0123456789abcdef' as GrantId;
const opened = JSON.stringify({ v: 1, type: 'opened', grant, port: 40_123 as PortNumber, now: 1, epoch: 1 });

let server: Server;
let sockets: WebSocketServer;
let streams: Duplex[];
let clock: FakeClock;
/** How the relay of the test answers the upgrade. */
let answer: (request: IncomingMessage, stream: Duplex, head: Buffer) => void;

beforeEach(async () => {
  clock = fakeClock();
  streams = [];
  sockets = new WebSocketServer({ noServer: true });
  answer = (request, stream, head) =>
    sockets.handleUpgrade(request, stream, head, (socket) => sockets.emit('connection', socket, request));
  server = createServer();
  server.on('upgrade', (request, stream, head) => {
    stream.on('error', () => {});
    streams.push(stream);
    answer(request, stream, head);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(() => {
  for (const stream of streams) stream.destroy();
  server.close();
  server.closeAllConnections();
});

/** A link to a relay that the test plays. */
async function linked(): Promise<{
  link: Link;
  relay: WebSocket;
  heard: FromRelay[];
  next(): Promise<void>;
  ended: Promise<SallyportError>;
}> {
  const arrived = once(sockets, 'connection') as Promise<[WebSocket, IncomingMessage]>;
  const heard: FromRelay[] = [];
  let tell = (): void => {};
  let end = (_error: SallyportError): void => {};
  const ended = new Promise<SallyportError>((resolve) => {
    end = resolve;
  });
  const link = await open({
    message: (message) => {
      heard.push(message);
      tell();
    },
    ended: (error) => end(error),
  });
  const [relay, request] = await arrived;
  assert.equal(request.url, '/v1/tunnel');
  assert.equal(request.headers['sec-websocket-protocol'], 'sallyport.1');
  const next = (): Promise<void> =>
    new Promise((resolve) => {
      tell = resolve;
    });
  return { link, relay, heard, next, ended };
}

function open(listener: Parameters<typeof openLink>[0]['listener']): Promise<Link> {
  const { port } = server.address() as AddressInfo;
  const socket = connect(port, '127.0.0.1');
  return openLink({ socket, host: 'relay.example', clock, signal: new AbortController().signal, listener });
}
const quiet = { message: () => {}, ended: () => {} };

/** The relay's `101`, with the first bytes of the WebSocket in one piece with it. */
function accepted(request: IncomingMessage, first: Buffer): Buffer {
  const key = `${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
  const head = [
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Protocol: sallyport.1',
    `Sec-WebSocket-Accept: ${createHash('sha1').update(key).digest('base64')}`,
  ];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), first]);
}

describe('a connection of the tunnel', { timeout: 10_000 }, () => {
  it('carries whole messages both ways', async () => {
    const { link, relay, heard, next } = await linked();
    const said = once(relay, 'message');
    link.send({ type: 'close', grant, reason: 'disabled' });
    assert.deepEqual(JSON.parse(String((await said)[0])), { v: 1, type: 'close', grant, reason: 'disabled' });
    const came = next();
    relay.send(opened);
    await came;
    assert.equal(heard[0]?.type, 'opened');
    link.close();
  });

  it('passes over a type that it does not know, of a newer relay', async () => {
    const { link, relay, heard, next } = await linked();
    const came = next();
    relay.send(JSON.stringify({ v: 1, type: 'weather', sunny: true }));
    relay.send(opened);
    await came;
    assert.deepEqual(
      heard.map(({ type }) => type),
      ['opened'],
    );
    link.close();
  });

  for (const [what, bytes, code] of [
    ['what is no JSON', 'hello', 'message-malformed'],
    ['a field that is wrong', opened.replace('40123', '39999'), 'message-malformed'],
    ['another version', opened.replace('"v":1', '"v":2'), 'version-unsupported'],
    ['binary data', Buffer.from(opened), 'message-malformed'],
    ['one byte more than a message may have', 'x'.repeat(tunnelMessageCap + 1), 'connection-lost'],
  ] as const) {
    it(`is given up at ${what}`, async () => {
      const { relay, ended, heard } = await linked();
      relay.on('error', () => {});
      relay.send(bytes);
      assert.equal((await ended).code, code);
      assert.deepEqual(heard, []);
    });
  }

  it('is asked for a sign of life after 15 s of silence, and given up after 30 s', async () => {
    const { relay, ended } = await linked();
    relay.pause();
    let over = false;
    void ended.then(() => {
      over = true;
    });
    await clock.advance(29_999);
    await settle();
    assert.equal(over, false);
    await clock.advance(1);
    assert.equal((await ended).code, 'connection-lost');
    assert.equal(clock.pending(), 0);
  });

  it('is measured at once, and every minute, by the answer to the very ping', async () => {
    const arrived = once(sockets, 'connection') as Promise<[WebSocket]>;
    const roundTrips: number[] = [];
    let tell = (): void => {};
    const measured = (): Promise<void> =>
      new Promise((resolve) => {
        tell = resolve;
      });
    const first = measured();
    const link = await open({
      ...quiet,
      roundTrip: (ms) => {
        roundTrips.push(ms);
        tell();
      },
    });
    const [relay] = await arrived;
    await first;
    assert.equal(roundTrips.length, 1);
    // The answer to what was asked to see whether it lives, or to nothing at all, is no measure.
    for (const said of ['', '0', '2', 'x'.repeat(125)]) relay.pong(said);
    const second = measured();
    for (let quarter = 0; quarter < 4; quarter += 1) {
      const asked = once(relay, 'ping');
      await clock.advance(15_000);
      await asked;
      await settle();
    }
    await second;
    assert.equal(roundTrips.length, 2);
    link.close();
  });

  it('stays while the relay answers', async () => {
    const { link, relay } = await linked();
    for (let quarter = 0; quarter < 8; quarter += 1) {
      const asked = once(relay, 'ping');
      await clock.advance(15_000);
      await asked;
      const ponged = new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
      await ponged;
    }
    link.close();
  });

  it('is given up within three seconds when nobody answers after a network change', async () => {
    const { link, relay, ended } = await linked();
    relay.pause();
    link.probe();
    await clock.advance(3_000);
    assert.equal((await ended).code, 'connection-lost');
  });

  it('says by its close code why the relay ended it', async () => {
    const { relay, ended } = await linked();
    relay.close(4045);
    assert.equal((await ended).code, 'tunnel-superseded');
  });

  it('is given up at a frame that makes no sense, in one piece with the answer to the upgrade', async () => {
    answer = (request, stream) => stream.write(accepted(request, Buffer.from('ffff0000', 'hex')));
    const ended = new Promise<SallyportError>((resolve) => {
      void open({ message: () => {}, ended: resolve });
    });
    assert.equal((await ended).code, 'connection-lost');
    assert.equal(clock.pending(), 0);
  });

  it('loses no message that comes in one piece with the answer to the upgrade', async () => {
    const text = Buffer.from(opened);
    const frame = Buffer.concat([Buffer.from([0x81, text.length]), text]);
    assert.ok(text.length < 126);
    answer = (request, stream) => stream.write(accepted(request, frame));
    let link: Link | undefined;
    const heard = new Promise<FromRelay>((message) => {
      void open({ message, ended: () => {} }).then((made) => {
        link = made;
      });
    });
    assert.equal((await heard).type, 'opened');
    assert.ok(link, 'who listens has the link by then');
    link.close();
  });

  it('that is refused says why', async () => {
    answer = (_request, stream) => {
      const body = JSON.stringify({ error: toWireError(fail('identity-revoked')) });
      stream.end(
        `HTTP/1.1 403 Forbidden\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
      );
    };
    await assert.rejects(open(quiet), { code: 'identity-revoked', leg: 'relay' });
    assert.equal(clock.pending(), 0);
  });

  it('that something else answers is no relay of ours', async () => {
    answer = (_request, stream) =>
      stream.end('HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\ncafe');
    await assert.rejects(open(quiet), { code: 'relay-not-ours' });
  });

  it('that nobody answers is given up after ten seconds', async () => {
    answer = () => {};
    const opening = assert.rejects(open(quiet), { code: 'timed-out' });
    await once(server, 'upgrade');
    await clock.advance(10_000);
    await opening;
  });
});
