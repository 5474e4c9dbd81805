/**
 * The relay is taken over: its disk, its database, every key on it. The true one is killed, and one that lies sits in its
 * place. Device and CLI are the real programs, and notice nothing.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import { ristretto255 } from '@noble/curves/ed25519.js';
import { makeStreamId, type PortNumber } from '@sallyport/protocol/grant';
import { type FromRepresentative, type HelloChannel, receiveAnswer } from '@sallyport/protocol/session';
import { systemRandom } from '@sallyport/runtime/random';
import { newPassword, type Status, statusOf } from '../../scripts/hostile/agent.ts';
import {
  type HostileRelay,
  type HostileTunnel,
  makeTicket,
  startHostileRelay,
} from '../../scripts/hostile/hostileRelay.ts';
import {
  asDevice,
  asRepresentative,
  codeOf,
  fromDevice,
  fromRepresentative,
  type Line,
  letPair,
  open,
  otherThan,
  pair,
} from '../../scripts/hostile/line.ts';
import { deviceOf, representativeOf, type Someone, stealKeys } from '../../scripts/hostile/people.ts';
import { type Enabled, type Finished, type TestStage, testStage } from '../stage/index.ts';

let stage: TestStage;
let relay: HostileRelay;
let erin: string;
let mallory: string;
let device: Someone;
/** The grant of now, and the device's tunnel to the relay that lies. */
let grant: Enabled;
let tunnel: HostileTunnel;
/** A grant that erin paired with and had a session in while the relay was the true one. */
let paired: Enabled;

before(async () => {
  stage = await testStage();
  [erin, mallory] = await Promise.all([
    stage.representative('erin@maker.example'),
    stage.representative('mallory@maker.example'),
  ]);
  paired = await stage.fresh();
  const env = { SALLYPORT_OTP: paired.otp };
  const done = await stage.sallyport(erin, ['pair', String(paired.port), '--json'], { env });
  assert.equal(done.status, 0, done.stdout);
  device = deviceOf(stage.deviceData);
  await stage.running.relay.end('SIGKILL');
  relay = await startHostileRelay(stealKeys(stage.relayData), stage.relayPorts);
  const { opened } = relay;
  relay.opened = (open) => ({ ...opened(open), port: (open.port ?? paired.port) as PortNumber });
  tunnel = await relay.tunnel();
  relay.opened = opened;
});
after(async () => {
  await relay.close();
  await stage.end();
});

const status = (): Promise<Status> => statusOf(stage.deviceData);
const pinsOf = (data: string): string[] =>
  existsSync(join(data, 'pins')) ? readdirSync(join(data, 'pins')).filter((name) => /json$/.test(name)) : [];
const failure = ({ stdout }: Finished): { code: string; leg?: string } => JSON.parse(stdout).error;
const cliPairs = (data: string, otp: string): Promise<Finished> =>
  stage.sallyport(data, ['pair', String(grant.port), '--json'], { env: { SALLYPORT_OTP: otp } });
async function freshGrant(...args: string[]): Promise<void> {
  grant = await stage.fresh(...args);
  tunnel = await relay.tunnel();
}
/** On the line with the device, as somebody whom the relay made. */
async function reach(who: Someone): Promise<Line> {
  return asRepresentative(await relay.knock(tunnel, who), who, relay.keys.authority);
}

describe('a stolen relay, towards who is paired already,', () => {
  it('cannot put a device of its own in the place of the one that was paired with', async () => {
    const impostor = await relay.keys.issue('device', device.id);
    const run = stage.sallyport(erin, ['exec', String(paired.port), '--json', '--', 'true']);
    const visitor = await relay.visitor();
    const half = visitor.join({ 'sallyport-grant': tunnel.open.grant, 'sallyport-device': device.id });
    await codeOf(asDevice(half, impostor, relay.keys.authority));
    const refused = await run;
    assert.deepEqual([refused.status, failure(refused).code], [253, 'device-changed']);
  });
  it('cannot resume the stream of a person with a certificate of the same name', async () => {
    const asErin = await relay.keys.issue('representative', 'erin@maker.example');
    const line = await reach(asErin);
    line.channel.send({
      type: 'resume',
      port: paired.port as PortNumber,
      grant: tunnel.open.grant,
      stream: makeStreamId(systemRandom),
      generation: 1,
      received: 0,
    });
    const code = await codeOf(
      receiveAnswer(line.channel, ['resumed'], { deadline: AbortSignal.timeout(5_000) }),
    );
    assert.equal(code, 'not-paired');
  });
  it('cannot open a session with a certificate of the same name', async () => {
    const line = await reach(await relay.keys.issue('representative', 'erin@maker.example'));
    assert.equal(await codeOf(open(line, paired.port, tunnel.open.grant)), 'not-paired');
    assert.deepEqual((await status()).sessions, []);
  });
  it('cannot play a session again that it recorded', async () => {
    const run = stage.sallyport(erin, ['exec', String(paired.port), '--', 'echo', 'once']);
    const visitor = await relay.visitor();
    const near = visitor.join({ 'sallyport-grant': tunnel.open.grant, 'sallyport-device': device.id });
    const far = await relay.knock(tunnel, representativeOf(erin));
    const recorded: Buffer[] = [];
    near.on('data', (chunk: Buffer) => {
      recorded.push(chunk);
      far.write(chunk);
    });
    far.pipe(near);
    const { status: exit, stdout } = await run;
    assert.deepEqual([exit, stdout], [0, 'once\n']);

    const again = await relay.knock(tunnel, representativeOf(erin));
    let answered = 0;
    again.on('data', (chunk: Buffer) => {
      answered += chunk.length;
    });
    again.write(Buffer.concat(recorded));
    await new Promise((resolve) => again.once('close', resolve));
    assert.deepEqual((await status()).sessions, []);
    // A server's hello, and an alert: not one byte of what was recorded means anything to another handshake.
    assert.ok(answered < 4_096, String(answered));
  });
});

describe('a stolen relay, with certificates that it made,', () => {
  before(() => freshGrant());
  it('lets nobody in without the OTP', async () => {
    const made = await relay.keys.issue('representative', 'anybody@maker.example');
    assert.equal(await codeOf(open(await reach(made), grant.port, tunnel.open.grant)), 'not-paired');
    assert.equal(await codeOf(pair(await reach(made), grant.port, otherThan(grant.otp))), 'otp-wrong');
    const { sessions, paired: pins, failures, otp } = await status();
    assert.deepEqual([sessions, pins, otp], [[], [], 'live']);
    assert.deepEqual([failures[0]?.representative, failures[0]?.count], ['anybody@maker.example', 1]);
  });
  it('has five guesses, however many names and keys it makes', async () => {
    for (let guesses = 1; guesses < 5; guesses += 1) {
      const made = await relay.keys.issue('representative', `nobody${guesses}@maker.example`);
      assert.equal(await codeOf(pair(await reach(made), grant.port, otherThan(grant.otp))), 'otp-wrong');
    }
    const last = await relay.keys.issue('representative', 'last@maker.example');
    assert.equal(await codeOf(pair(await reach(last), grant.port, grant.otp)), 'otp-void');
    const { paired: pins, otp } = await status();
    assert.deepEqual([pins, otp], [[], 'void']);
  });
  it('does not get past the name and key of its own knock', async () => {
    const made = await relay.keys.issue('representative', 'anybody@maker.example');
    const ticket = makeTicket();
    const half = await relay.knock(tunnel, representativeOf(erin), { ticket });
    const declined = tunnel.declined(ticket);
    const line = await asRepresentative(half, made, relay.keys.authority);
    assert.equal((await declined).code, 'peer-untrusted');
    assert.equal(await codeOf(fromDevice(line)), 'connection-lost');
  });
});

describe('a stolen relay that takes the place of the device', () => {
  before(() => freshGrant());
  let impostor: Someone;
  before(async () => {
    impostor = await relay.keys.issue('device', device.id);
  });
  /** The CLI pairs with the right OTP; the relay answers as the device, by `act`. @returns all that the CLI said */
  async function impersonate(act: (line: Line) => Promise<unknown>): Promise<[Finished, Line]> {
    const run = cliPairs(mallory, grant.otp);
    const half = (await relay.visitor()).join({ 'sallyport-grant': tunnel.open.grant });
    const line = await asDevice(half, impostor, relay.keys.authority);
    await act(line).catch(() => {});
    const finished = await run;
    return [finished, line];
  }
  async function allSaid(line: Line): Promise<FromRepresentative[]> {
    const said: FromRepresentative[] = [];
    for (;;) {
      const next = await fromRepresentative(line).catch(() => undefined);
      if (!next) return said;
      said.push(next);
    }
  }
  const nothingCameOfIt = async (refused: Finished, code: string): Promise<void> => {
    assert.deepEqual([refused.status, failure(refused).code], [3, code], refused.stdout);
    assert.deepEqual(pinsOf(mallory), []);
    const { failures, paired: pins, otp } = await status();
    assert.deepEqual([failures, pins, otp], [[], [], 'live']);
  };

  it('is not paired with by a representative, whose program stores no pin', async () => {
    const [refused] = await impersonate((line) => letPair(line, tunnel.open.grant, otherThan(grant.otp)));
    await nothingCameOfIt(refused, 'otp-wrong');
  });
  it('learns nothing of the OTP: a share that any OTP gives, and no tag of it', async () => {
    const said: FromRepresentative[] = [];
    const [refused] = await impersonate(async (line) => {
      await fromRepresentative(line);
      line.channel.send({ type: 'ready', grant: tunnel.open.grant, port: grant.port as PortNumber });
      const first = await fromRepresentative(line);
      said.push(first);
      // The base of the group, and a tag that is made up: what every guess at the OTP would be held against.
      const share = Buffer.from(ristretto255.Point.BASE.toBytes()).toString('base64url');
      line.channel.send({ type: 'proof', share, tag: Buffer.alloc(64, 1).toString('base64url') });
      said.push(await fromRepresentative(line));
      line.socket.end();
      said.push(...(await allSaid(line)));
    });
    await nothingCameOfIt(refused, 'pairing-failed');
    assert.deepEqual(
      said.map(({ type }) => type),
      ['share', 'mismatch'],
    );
  });
  it('is not believed when it says "ok" without a proof', async () => {
    const [refused] = await impersonate(async (line) => {
      await fromRepresentative(line);
      line.channel.send({ type: 'ready', grant: tunnel.open.grant, port: grant.port as PortNumber });
      await fromRepresentative(line);
      line.channel.send({ type: 'ok' });
      await allSaid(line);
    });
    await nothingCameOfIt(refused, 'pairing-failed');
  });
  it('is not believed when it opens a session without a pairing', async () => {
    const [refused] = await impersonate(async (line) => {
      await fromRepresentative(line);
      line.channel.send({
        type: 'opened',
        grant: tunnel.open.grant,
        port: grant.port as PortNumber,
        device: device.id,
        stream: makeStreamId(systemRandom),
        scopes: ['terminal'],
        leftMs: 60_000,
        hostKey: `ssh-ed25519 ${Buffer.alloc(51).toString('base64')}`,
      });
      await allSaid(line);
    });
    assert.equal(refused.status, 1);
    assert.equal(failure(refused).code, 'message-unknown');
    assert.deepEqual(pinsOf(mallory), []);
  });
});

describe('a stolen relay in the middle of inner TLS', () => {
  before(() => freshGrant());
  it('passes the frames of pairing on, and it fails at both ends', async () => {
    const asMallory = await relay.keys.issue('representative', 'mallory@maker.example');
    const impostor = await relay.keys.issue('device', device.id);
    const run = cliPairs(mallory, grant.otp);
    const near = (await relay.visitor()).join({ 'sallyport-grant': tunnel.open.grant });
    const [toCli, toDevice] = await Promise.all([
      asDevice(near, impostor, relay.keys.authority),
      reach(asMallory),
    ]);
    await Promise.all([
      pass(() => fromRepresentative(toCli), toDevice),
      pass(() => fromDevice(toDevice), toCli),
    ]);
    const refused = await run;
    assert.deepEqual([refused.status, failure(refused).code], [3, 'otp-wrong']);
    assert.deepEqual(pinsOf(mallory), []);
    const { failures, paired: pins, otp } = await status();
    assert.deepEqual([pins, otp], [[], 'live']);
    assert.deepEqual(
      failures.map(({ count }) => count),
      [1],
    );
  });
  it('cannot be seen as one: the honest parties pair with the same OTP afterwards', async () => {
    const run = cliPairs(mallory, grant.otp);
    const near = (await relay.visitor()).join({ 'sallyport-grant': tunnel.open.grant });
    const far = await relay.knock(tunnel, representativeOf(mallory));
    splice(near, far);
    const done = await run;
    assert.equal(done.status, 0, done.stdout);
    assert.equal((await status()).paired[0]?.key, representativeOf(mallory).keySha256);
  });
  it('cannot resume the stream of another person by its id, even as somebody who is let in', async () => {
    const own = representativeOf(mallory);
    const session = await open(await reach(own), grant.port, tunnel.open.grant);
    const otp = await newPassword(stage.deviceData);
    const other = await relay.keys.issue('representative', 'other@maker.example');
    await pair(await reach(other), grant.port, otp);
    const line = await reach(other);
    line.channel.send({
      type: 'resume',
      port: grant.port as PortNumber,
      grant: tunnel.open.grant,
      stream: session.stream.id,
      generation: 1,
      received: 0,
    });
    const code = await codeOf(
      receiveAnswer(line.channel, ['resumed'], { deadline: AbortSignal.timeout(5_000) }),
    );
    assert.equal(code, 'stream-unknown');
    assert.equal(session.stream.state, 'live');
    session.stream.endDeliberately('session-closed');
  });
});

describe('a stolen relay that sends the device elsewhere', () => {
  before(() => freshGrant());
  it('makes it dial nothing', async () => {
    const trap = createServer();
    let trapped = 0;
    trap.on('connection', () => {
      trapped += 1;
    });
    await new Promise<void>((resolve) => trap.listen(stage.relayPorts[0], '127.0.0.2', resolve));
    const before = relay.connections();
    for (const dial of [
      '127.0.0.2',
      'relay.attacker.example',
      'xlocalhost',
      'a.b.localhost',
      'localhost.example',
    ]) {
      const refused = relay.knock(tunnel, representativeOf(erin), { dial, ticket: makeTicket() });
      assert.equal(await codeOf(refused), 'dial-refused', dial);
    }
    assert.deepEqual([trapped, relay.connections()], [0, before]);
    trap.close();
  });
});

async function pass(receive: () => Promise<object>, to: Line): Promise<void> {
  try {
    for (;;) to.channel.send((await receive()) as Parameters<HelloChannel['send']>[0]);
  } catch {
    to.socket.end();
  }
}

function splice(a: Duplex, b: Duplex): void {
  a.pipe(b);
  b.pipe(a);
}
