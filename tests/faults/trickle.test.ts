/** Somebody who says a byte a second, at each place where a byte is waited for: told or dropped, while others work. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import { connect as connectTlsPlainly } from 'node:tls';
import { decodeToken } from '@sallyport/protocol/enrolment';
import type { GrantId, PortNumber } from '@sallyport/protocol/grant';
import { encodeFrame } from '@sallyport/protocol/session';
import { createTlsAcceptor } from '@sallyport/protocol/tls';
import { knock } from '../../packages/relay/src/testing/device.ts';
import { join } from '../../packages/relay/src/testing/people.ts';
import { dial, type RelayPlace } from '../../packages/relay/src/testing/relay.ts';
import { newPassword, startLoneDevice } from '../../scripts/hostile/agent.ts';
import { startHostileRelay } from '../../scripts/hostile/hostileRelay.ts';
import {
  asDevice,
  asRepresentative,
  clock,
  fromDevice,
  fromRepresentative,
  type Line,
} from '../../scripts/hostile/line.ts';
import {
  newAuthority,
  representativeOf,
  type Someone,
  type StolenKeys,
  stealKeys,
} from '../../scripts/hostile/people.ts';
import { makeLoneRepresentative } from '../../scripts/hostile/representative.ts';
import { type Enabled, freePorts, mustRun, programs, type TestStage, testStage } from '../stage/index.ts';

type Places = { readonly [where: string]: () => Promise<number> };
/** The design's limits are ten seconds each, and what follows is the same again; a slow machine is given some more. */
const droppedWithinMs = 40_000;

let stage: TestStage;
let relay: RelayPlace;
let erin: Someone;
/** The data of one who is paired, and works. */
let frank = '';
let grant: Enabled;

before(async () => {
  stage = await testStage();
  erin = representativeOf(await stage.representative('erin@maker.example'));
  frank = await stage.representative('frank@maker.example');
  grant = await stage.fresh('--for', '1h', '--allow', 'terminal');
  const paired = await stage.sallyport(frank, ['pair', String(grant.port)], {
    env: { SALLYPORT_OTP: grant.otp },
  });
  assert.equal(paired.status, 0, paired.stderr);
  // The one that is live now is for whoever trickles a share of it.
  await newPassword(stage.deviceData);
  relay = {
    port: stage.relayPorts[0] ?? 0,
    folder: { path: stage.relayData, place: { file: '' }, remove: () => {} },
  };
});
after(() => stage?.end());

/** Says `bytes` one a second, and then `x` for ever. @returns how long it was listened to, in milliseconds */
async function trickle(to: Duplex, bytes: Uint8Array | string): Promise<number> {
  const all = Buffer.from(bytes as string);
  const started = performance.now();
  let said = 0;
  to.on('error', () => {});
  to.resume();
  const ended = new Promise<void>((resolve) => {
    for (const event of ['end', 'close'] as const) to.once(event, () => resolve());
  });
  const timer = setInterval(() => {
    const next = said < all.length ? all.subarray(said, said + 1) : 'x';
    if (to.writable) to.write(next);
    said += 1;
  }, 1_000);
  const late = setTimeout(() => to.destroy(new Error('late')), droppedWithinMs + 5_000);
  await ended;
  clearInterval(timer);
  clearTimeout(late);
  to.destroy();
  return performance.now() - started;
}

/** The first bytes of a TLS client of any kind. */
async function clientHello(): Promise<Buffer> {
  const listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as { port: number };
  const client = connectTlsPlainly({ port, host: '127.0.0.1', rejectUnauthorized: false }).on(
    'error',
    () => {},
  );
  const [socket] = (await once(listener, 'connection')) as [Socket];
  const [hello] = (await once(socket, 'data')) as [Buffer];
  client.destroy();
  listener.close();
  return hello;
}

/** Inner TLS with the device, on which nothing has been said. */
async function innerLine(): Promise<Line> {
  const { socket } = await knock(relay, { id: erin.id, identity: erin.tls }, grant.port);
  return asRepresentative(socket, erin, stealKeys(stage.relayData).authority);
}
const port = (): PortNumber => grant.port as PortNumber;
const webSocket =
  'GET /v1/tunnel HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
  'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: sallyport.1\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n';
/** The head of a masked text frame of 256 bytes (RFC 6455, section 5.2), and its mask. */
const frameHead = Buffer.from([0x81, 0xfe, 0x01, 0x00, 0, 0, 0, 0]);
const serverHello = Buffer.from([22, 3, 3, 0x10, 0, 2, 0, 0x0f, 0xfc]);

const atRelay: Places = {
  TLS: async () => trickle(connect(relay.port, '127.0.0.1'), await clientHello()),
  'the headers of a request': async () => trickle(await dial(relay), 'GET /v1/health HTTP/1.1\r\nX: '),
  'the first message of a tunnel': async () => {
    const token = (await mustRun(programs.relay, ['device', 'token', '--data', stage.relayData])).trim();
    const second = await join(relay, '/v1/enrolments', decodeToken(token).secret);
    const socket = await dial(relay, second.identity);
    socket.write(webSocket);
    await once(socket, 'data');
    return trickle(socket, frameHead);
  },
};
const atDevice: Places = {
  'inner TLS': async () => {
    const { socket } = await knock(relay, { id: erin.id, identity: erin.tls }, grant.port);
    return trickle(socket, await clientHello());
  },
  'the hello': async () => {
    const { channel } = await innerLine();
    const open = { type: 'open', port: port(), grant: '0'.repeat(32) as GrantId } as const;
    return trickle(channel.release(), encodeFrame(open));
  },
  'a share of pairing': async () => {
    const line = await innerLine();
    line.channel.send({ type: 'pair', port: port() });
    await fromDevice(line);
    return trickle(line.channel.release(), encodeFrame({ type: 'share', share: 'A'.repeat(43) }));
  },
};

/** Something in the relay's place that takes one connection, in TLS if it is told to, and trickles. */
async function pose(
  relayKeys: StolenKeys,
  own: number,
  inTls: boolean,
  act: (connection: Duplex) => Promise<number>,
): Promise<{ readonly first: Promise<number>; close(): void }> {
  const acceptor = createTlsAcceptor({
    identity: () => relayKeys.relay,
    authority: relayKeys.authority,
    roles: ['device', 'representative'],
    certificate: 'optional',
    now: () => clock.wallMs(),
    clock,
  });
  const server = createServer((socket) => socket.on('error', () => {})).listen(own, '127.0.0.1');
  await once(server, 'listening');
  const first = once(server, 'connection').then(async ([socket]) => {
    if (!inTls) return act(socket);
    const { socket: secure } = await acceptor.accept(socket);
    await once(secure, 'data'); // What is asked for.
    return act(secure);
  });
  return { first, close: () => server.close() };
}
const halfAnswer = 'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{';

async function byProgram(inTls: boolean, bytes: Buffer | string): Promise<number> {
  const relayKeys = await newAuthority();
  const [own = 0] = await freePorts(1);
  const posing = await pose(relayKeys, own, inTls, (connection) => trickle(connection, bytes));
  const person = await makeLoneRepresentative(relayKeys, [own]);
  const done = person.run(['grants', '--json'], { timeoutMs: 60_000 });
  const ms = await posing.first;
  posing.close();
  assert.notEqual((await done).status, 0);
  person.remove();
  return ms;
}
async function byAgent(inTls: boolean, bytes: Buffer | string): Promise<number> {
  const relayKeys = await newAuthority();
  const [own = 0] = await freePorts(1);
  const posing = await pose(relayKeys, own, inTls, (connection) => trickle(connection, bytes));
  const agent = await startLoneDevice(relayKeys, [own]);
  await agent.fresh({ forMs: 60_000, scopes: ['web'] });
  const ms = await posing.first;
  posing.close();
  await agent.end();
  return ms;
}
/** A device that takes a representative's half, and trickles from somewhere on. */
async function byDevice(act: (half: Duplex, relayKeys: StolenKeys) => Promise<number>): Promise<number> {
  const relayKeys = await newAuthority();
  const [own = 0] = await freePorts(1);
  const posing = await startHostileRelay(relayKeys, [own]);
  const person = await makeLoneRepresentative(relayKeys, [own]);
  const env = { SALLYPORT_OTP: '482-190-375' };
  const done = person.run(['exec', '41234', '--json', '--', 'true'], { env, timeoutMs: 60_000 });
  const ms = await act((await posing.visitor()).join(), relayKeys);
  await posing.close();
  assert.notEqual((await done).status, 0);
  person.remove();
  return ms;
}
const atRepresentative: Places = {
  'TLS of the relay': () => byProgram(false, serverHello),
  'an answer of the relay': () => byProgram(true, halfAnswer),
  'inner TLS': () => byDevice((half) => trickle(half, serverHello)),
  'the hello': () =>
    byDevice(async (half, relayKeys) => {
      const line = await asDevice(half, await relayKeys.issue('device', 'd123456789'), relayKeys.authority);
      await fromRepresentative(line);
      return trickle(line.channel.release(), encodeFrame({ type: 'ok' }));
    }),
};
const towardsAgent: Places = {
  'TLS of the relay': () => byAgent(false, serverHello),
  'the answer to its tunnel': () => byAgent(true, 'HTTP/1.1 101 Switching Protocols\r\nX: '),
};

describe('a byte a second', { concurrency: true }, () => {
  const all = {
    'the relay': atRelay,
    'the device': atDevice,
    'the program': atRepresentative,
    'the agent': towardsAgent,
  };
  for (const [who, places] of Object.entries(all)) {
    for (const [where, wait] of Object.entries(places)) {
      it(`is not waited for by ${who}: ${where}`, async () => {
        const ms = await wait();
        assert.ok(ms > 2_000, `${Math.round(ms)} ms: it was not listened to at all`);
        assert.ok(ms < droppedWithinMs, `${Math.round(ms)} ms`);
      });
    }
  }
  it('keeps nobody else from working', async () => {
    for (let times = 0; times < 3; times += 1) {
      const { status, stdout } = await stage.sallyport(frank, [
        'exec',
        String(grant.port),
        '--',
        'echo',
        'in',
      ]);
      assert.deepEqual([status, stdout], [0, 'in\n']);
    }
  });
});
