/**
 * Somebody with a good certificate: without an OTP, and let in. The device is the real program; the relay passes on what it
 * is told to, so that the device's own checks are all that stands in the way.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { connect as connectTlsPlainly } from 'node:tls';
import type { GrantId, Scope } from '@sallyport/protocol/grant';
import { receiveAnswer } from '@sallyport/protocol/session';
import { answeredSchema, callAgent } from '../../packages/device/src/api/index.ts';
import { routes } from '../../packages/device/src/api/routes.ts';
import { type LoneDevice, startLoneDevice, statusOf } from '../../scripts/hostile/agent.ts';
import {
  type HostileRelay,
  type HostileTunnel,
  hostilePort,
  startHostileRelay,
} from '../../scripts/hostile/hostileRelay.ts';
import {
  askChannel,
  asRepresentative,
  clock,
  codeOf,
  fromDevice,
  type Line,
  type OpenSession,
  open,
  otherThan,
  pair,
} from '../../scripts/hostile/line.ts';
import { newAuthority, type Someone, type StolenKeys } from '../../scripts/hostile/people.ts';
import { until } from '../faults/parts/until.ts';
import { freePorts } from '../stage/index.ts';

const hour = 3_600_000;
let keys: StolenKeys;
let relay: HostileRelay;
let device: LoneDevice;
let tunnel: HostileTunnel;
let erin: Someone;
let otp = '';
let webPort = 0;

before(async () => {
  keys = await newAuthority();
  const [relayPort = 0, free = 0] = await freePorts(2);
  webPort = free;
  relay = await startHostileRelay(keys, [relayPort]);
  device = await startLoneDevice(keys, [relayPort], { args: ['--web', `127.0.0.1:${webPort}`] });
  erin = await keys.issue('representative', 'erin@maker.example');
});
after(async () => {
  await device.end();
  await relay.close();
});

async function fresh(...scopes: Scope[]): Promise<void> {
  otp = await device.fresh({ forMs: hour, scopes });
  tunnel = await relay.tunnel();
}
async function reach(who: Someone): Promise<Line> {
  return asRepresentative(await relay.knock(tunnel, who), who, keys.authority);
}
const grant = (): GrantId => tunnel.open.grant;

describe('a stolen key of a representative', () => {
  before(() => fresh('web'));
  it('opens no session without an OTP', async () => {
    assert.equal(await codeOf(open(await reach(erin), hostilePort, grant())), 'not-paired');
  });
  it('has three guesses at the OTP, and is blocked for the right one then', async () => {
    for (let guesses = 0; guesses < 3; guesses += 1) {
      assert.equal(await codeOf(pair(await reach(erin), hostilePort, otherThan(otp))), 'otp-wrong');
    }
    assert.equal(await codeOf(reach(erin)), 'key-blocked');
    assert.deepEqual((await statusOf(device.data)).paired, []);
  });
  it('is kept out by the device after the revocation was told, though the relay lets it through', async () => {
    const stolen = await keys.issue('representative', 'stolen@maker.example');
    tunnel.say({ type: 'revoked', key: stolen.keySha256, representative: stolen.id, reason: '' });
    assert.equal(await codeOf(reach(stolen)), 'identity-revoked');
  });
  it('ends in the sessions that it has when the revocation is told', async () => {
    const stolen = await keys.issue('representative', 'stolen@maker.example');
    const line = await reach(stolen);
    await pair(line, hostilePort, otp);
    const { stream } = await open(line, hostilePort, grant());
    const ended = once(stream, 'ended') as Promise<[{ error: { code: string } }]>;
    const at = performance.now();
    tunnel.say({ type: 'revoked', key: stolen.keySha256, representative: stolen.id, reason: '' });
    const [{ error }] = await ended;
    assert.equal(error.code, 'identity-revoked');
    assert.ok(performance.now() - at < 1_000);
  });
});

describe('an OTP that was overheard', () => {
  before(() => fresh('web'));
  const knock = (): Promise<Duplex> => relay.knock(tunnel, erin);
  it('is worth nothing without a certificate', async () => {
    const half = await knock();
    const socket = connectTlsPlainly({ socket: half, rejectUnauthorized: false });
    socket.on('error', () => {});
    socket.write('x');
    await once(socket, 'close');
    assert.deepEqual((await statusOf(device.data)).failures, []);
  });
  it('is worth nothing with a certificate of TLS 1.2', async () => {
    const socket = connectTlsPlainly({
      socket: await knock(),
      rejectUnauthorized: false,
      maxVersion: 'TLSv1.2',
      key: erin.tls.key,
      cert: erin.tls.certificate,
    });
    const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
    assert.match(error.code ?? '', /PROTOCOL_VERSION|ECONNRESET/);
  });
  for (const [what, make] of [
    [
      'of another authority',
      async () => (await newAuthority()).issue('representative', 'erin@maker.example'),
    ],
    ['of a device', () => keys.issue('device', 'd123456789')],
    ['of the relay', () => keys.issue('relay', 'localhost')],
    ['that ran out', () => keys.issue('representative', 'erin@maker.example', Date.now() - 48 * hour)],
  ] as const) {
    it(`is worth nothing with a certificate ${what}`, async () => {
      const who = await make();
      const line = await asRepresentative(
        await relay.knock(tunnel, { ...who, id: 'erin@maker.example' }),
        who,
        keys.authority,
      );
      assert.equal(await codeOf(pair(line, hostilePort, otp)), 'connection-lost');
    });
  }
  it('is used once: a second key gets no run for it, and is not counted', async () => {
    const session = await open(await paired(await reach(erin)), hostilePort, grant());
    const second = await keys.issue('representative', 'second@maker.example');
    assert.equal(await codeOf(pair(await reach(second), hostilePort, otp)), 'otp-none');
    assert.deepEqual((await statusOf(device.data)).failures, []);
    session.stream.endDeliberately('session-closed');
  });
});

async function paired(line: Line): Promise<Line> {
  await pair(line, hostilePort, otp);
  return line;
}

describe('somebody on the line with a device, who says', () => {
  before(() => fresh('web'));
  for (const [what, bytes, code] of [
    ['a frame that is too long', Buffer.from([0xff, 0xff]), 'message-too-large'],
    ['what is no JSON', Buffer.from([0, 1, 0x7b]), 'message-malformed'],
    ['a message that no device knows', frame({ v: 1, type: 'sing' }), 'message-unknown'],
    ['a tag before everything', frame({ v: 1, type: 'confirm', tag: 'A'.repeat(86) }), 'message-unknown'],
    ['another version', frame({ v: 2, type: 'pair', port: 41_234 }), 'version-unsupported'],
  ] as const) {
    it(`${what}, is told ${code} and hung up on`, async () => {
      const line = await reach(erin);
      line.socket.write(bytes);
      const answer = await fromDevice(line);
      assert.equal(answer.type === 'refused' && answer.error.code, code);
      assert.equal(await codeOf(fromDevice(line)), 'connection-lost');
    });
  }
});

function frame(message: object): Buffer {
  const body = Buffer.from(JSON.stringify(message));
  return Buffer.concat([Buffer.from([body.length >> 8, body.length & 255]), body]);
}

describe('a representative who was let in', () => {
  let session: OpenSession;
  const agentItself = (): string[] =>
    [
      '127.0.0.1',
      '127.0.0.2',
      '127.1.2.3',
      'localhost',
      'LOCALHOST.',
      '0.0.0.0',
      '[::1]',
      '[::]',
      '[::ffff:127.0.0.1]',
      '[0:0:0:0:0:ffff:7f00:1]',
      '[::ffff:0:0]',
    ].map((host) => `${host}:${webPort}`);
  before(async () => {
    await fresh('web', ...agentItself().map((target) => `tcp:${target}` as const));
    session = await open(await paired(await reach(erin)), hostilePort, grant());
  });

  it('is in also when their first bytes reach the device in one piece with the answer of the relay', async () => {
    const half = await relay.knock(tunnel, erin, { together: true });
    const line = await asRepresentative(half, erin, keys.authority);
    const early = await open(line, hostilePort, grant());
    assert.equal((await askChannel(early.http2, 'notices')).status, 200);
    early.stream.endDeliberately('session-closed');
  });
  it('reaches no listener of the agent by TCP, however it is spelled and though it is allowed', async () => {
    for (const target of agentItself()) {
      const { status, code } = await askChannel(session.http2, target);
      assert.ok(
        (status === 403 && code === 'target-refused') || code === 'channel-unreachable',
        `${target}: ${status} ${code}`,
      );
    }
  });
  it('reaches nothing by a spelling that is no address to anybody else', async () => {
    for (const host of [
      '2130706433',
      '0x7f000001',
      '0177.0.0.1',
      '127.1',
      '127.0.0.1%00',
      '[::1%lo]',
      'a@127.0.0.1',
    ]) {
      const { code } = await askChannel(session.http2, `${host}:${webPort}`);
      assert.ok(['channel-unknown', 'scope-refused', 'closed'].includes(code ?? ''), `${host}: ${code}`);
    }
  });
  it('changes and reads no consent through the web interface: no enable, no extension, no approval, no OTP', async () => {
    const before = await statusOf(device.data);
    for (const { method, path, consent } of routes) {
      if (!consent) continue;
      const { status, body } = await through(session, method, path);
      assert.ok(status >= 400, `${method} ${path}: ${status}`);
      assert.ok(!body.includes(otp));
    }
    const { leftMs: _, ...after } = await statusOf(device.data);
    assert.deepEqual(after, { ...after, grant: before.grant, scopes: before.scopes, paired: before.paired });
  });
  it('sees no OTP on the page', async () => {
    const { status, body } = await through(session, 'GET', '/');
    assert.equal(status, 200);
    assert.doesNotMatch(body, /\d{3}-\d{3}-\d{3}/);
  });
  it('gets no terminal and no files by asking, when only the web interface was allowed', async () => {
    const { status, code } = await askChannel(session.http2, '127.0.0.1:22');
    assert.deepEqual([status, code], [403, 'scope-refused']);
  });
  it('asks for more in few and harmless words, once a minute, and has it at once when it is granted', async () => {
    const asked = (bytes: Buffer) => {
      const channel = session.http2.request(
        { ':method': 'CONNECT', ':authority': 'ask' },
        { endStream: false },
      );
      channel.on('error', () => {});
      channel.write(bytes);
      return channel;
    };
    const answer = async (channel: ReturnType<typeof asked>): Promise<{ status: number; body: string }> => {
      const [headers] = (await once(channel, 'response')) as [{ ':status': number }];
      return { status: headers[':status'], body: headers[':status'] === 200 ? '' : await text(channel) };
    };
    const scope = 'tcp:127.0.0.1:9';
    const ask = (why: string): Buffer => frame({ v: 1, type: 'ask', scopes: [scope], why });
    for (const [bytes, status, code] of [
      [Buffer.concat([Buffer.from([0xff, 0xff]), Buffer.alloc(100 * 1024, 0x20)]), 413, 'message-too-large'],
      [ask('x'.repeat(501)), 400, 'message-malformed'],
      [frame({ v: 1, type: 'ask', why: 'nothing at all' }), 400, 'message-malformed'],
    ] as const) {
      const refused = await answer(asked(bytes));
      assert.equal(refused.status, status);
      assert.ok(refused.body.includes(code), refused.body);
    }
    assert.deepEqual(await askChannel(session.http2, scope.slice(4)), { status: 403, code: 'scope-refused' });
    const notices = session.http2.request({ ':method': 'CONNECT', ':authority': 'notices' });
    let told = '';
    notices
      .on('error', () => {})
      .on('data', (chunk) => {
        told += String(chunk);
      });
    const put = asked(ask('\u001b[31m<b>\u202eplease\u0007\n'));
    assert.equal((await answer(put)).status, 200);
    const [one] = (await statusOf(device.data)).asks;
    assert.equal(one?.why, '\ufffd[31m<b>\ufffdplease\ufffd');
    const second = await answer(asked(ask('again')));
    assert.equal(second.status, 429);
    assert.match(second.body, /ask-too-soon/);
    const call = {
      method: 'POST',
      path: '/v1/asks/1',
      body: { granted: true },
      answer: answeredSchema,
    } as const;
    await callAgent(device.data, clock, call);
    assert.match(await text(put), /"granted"/);
    await until('every session is told', () => /"terms".*"tcp:127\.0\.0\.1:9"/.test(told), 5_000);
    notices.destroy();
    assert.equal((await askChannel(session.http2, scope.slice(4))).code, 'channel-unreachable');
  });
  it('opens nothing more once the grant ends, on the connection that it has', async () => {
    const { stream } = session;
    const ended = once(stream, 'ended') as Promise<[{ error: { code: string } }]>;
    await fresh('web');
    assert.equal((await ended)[0].error.code, 'grant-ended');
    const { status } = await askChannel(session.http2, 'web').catch(() => ({ status: 0 }));
    assert.equal(status, 0);
  });
  for (const [what, received] of [
    ['bytes that were never sent', 2 ** 40],
    ['more bytes than there can be', Number.MAX_SAFE_INTEGER],
  ] as const) {
    it(`ends their own session, and nothing else, by a resumption that has ${what}`, async () => {
      await fresh('web');
      const own = await open(await paired(await reach(erin)), hostilePort, grant());
      const line = await reach(erin);
      const { id: stream } = own.stream;
      line.channel.send({
        type: 'resume',
        port: hostilePort,
        grant: grant(),
        stream,
        generation: 1,
        received,
      });
      await codeOf(receiveAnswer(line.channel, ['resumed'], { deadline: AbortSignal.timeout(5_000) }));
      const closed = once(line.socket, 'close');
      line.channel.release().resume();
      await closed;
      const { state, sessions } = await statusOf(device.data);
      assert.deepEqual([state, sessions], ['open', []]);
      assert.doesNotMatch(device.service.said(), /knock-failed/);
    });
  }
});

/** One request to the device's web interface, through the session's own channel. */
async function through(
  { http2 }: OpenSession,
  method: string,
  path: string,
): Promise<{ status: number; body: string }> {
  const channel = http2.request({ ':method': 'CONNECT', ':authority': 'web' });
  channel.on('error', () => {});
  const body =
    method === 'GET'
      ? ''
      : '{"forMs":3600000,"scopes":["terminal"],"approved":true,"who":"erin@maker.example"}';
  channel.write(
    `${method} ${path} HTTP/1.1\r\nHost: device\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
  );
  let answer = '';
  for await (const chunk of channel) answer += String(chunk);
  return { status: Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1]), body: answer };
}
