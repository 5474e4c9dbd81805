import assert from 'node:assert/strict';
import type { Duplex } from 'node:stream';
import { describe, it } from 'node:test';
import { SallyportError } from '../errors/index.ts';
import {
  type FromDeviceHello,
  type FromRepresentative,
  fromDeviceHelloSchemas,
  fromRepresentativeSchemas,
  HelloChannel,
} from '../session/index.ts';
import { fakeClock, seededRandom, streamPair } from '../testing/index.ts';
import { connectTls, createTlsAcceptor, pairingSessionId, type TlsIdentity } from '../tls/index.ts';
import { testAuthority } from '../zoo/index.ts';
import { pairAsRepresentative, pairOnDevice } from './index.ts';
import { bindingOf, rightOtp, type World, world, wrongOtp } from './testParties.ts';

const now = Date.UTC(2027, 0, 1);
const clock = fakeClock(now);
const never = new AbortController().signal;
const home = await testAuthority(now);
const trust = { authority: home.authority, now: () => now, clock };
const device = await home.issue('device', 'd123456789');
const erin = await home.issue('representative', 'erin@maker.example');

type Ends = Awaited<ReturnType<typeof innerTls>>;

/** Inner TLS over two ends of a stream. */
async function innerTls(of: { device: TlsIdentity; representative: TlsIdentity }) {
  const { a, b } = streamPair();
  const acceptor = createTlsAcceptor({
    ...trust,
    identity: () => of.device,
    roles: ['representative'],
    certificate: 'required',
  });
  const [atDevice, atRepresentative] = await Promise.all([
    acceptor.accept(b),
    connectTls(a, { ...trust, identity: of.representative, role: 'device' }),
  ]);
  assert.ok(atDevice.peer);
  return {
    device: { socket: atDevice.socket, peer: atDevice.peer, own: atRepresentative.peer },
    representative: { socket: atRepresentative.socket, peer: atRepresentative.peer, own: atDevice.peer },
  };
}

const codeOf = (run: Promise<void>, socket: Duplex): Promise<string> =>
  run
    .then(
      () => 'paired',
      (error) => (error instanceof SallyportError ? error.code : String(error)),
    )
    .finally(() => socket.end());

function onDevice(w: World, { socket, peer, own }: Ends['device']): Promise<string> {
  const channel = new HelloChannel(socket);
  const run = pairOnDevice({
    ...bindingOf(rightOtp, { sessionId: pairingSessionId(socket) }),
    channel,
    own,
    peer,
    random: seededRandom(1),
    clock,
    record: w.counters.record('erin'),
    deadline: never,
  });
  return codeOf(run, socket);
}

function asRepresentative(w: World, end: Ends['representative'], otp: string): Promise<string> {
  const { socket, peer, own } = end;
  const run = pairAsRepresentative({
    ...bindingOf(otp, { sessionId: pairingSessionId(socket) }),
    channel: new HelloChannel(socket),
    own,
    peer,
    random: seededRandom(2),
    storePin: async () => void w.pins.add('erin'),
    deadline: never,
  });
  return codeOf(run, socket);
}

/** Passes every message on, unchanged, until one side ends. */
async function pass<T extends FromDeviceHello | FromRepresentative>(
  from: Duplex,
  to: Duplex,
  receive: (channel: HelloChannel) => Promise<T>,
  channels: Map<Duplex, HelloChannel>,
): Promise<void> {
  const [source, sink] = [from, to].map((end) => channels.get(end));
  assert.ok(source && sink);
  try {
    for (;;) sink.send(await receive(source));
  } catch {
    to.end();
  }
}

describe('a pairing over inner TLS', () => {
  it('is done when both hold the same OTP', async () => {
    const w = world();
    const ends = await innerTls({ device, representative: erin });
    const outcome = await Promise.all([
      onDevice(w, ends.device),
      asRepresentative(w, ends.representative, rightOtp),
    ]);
    assert.deepEqual(outcome, ['paired', 'paired']);
    assert.equal(w.counters.otp, 'spent');
  });

  it('is refused when the representative holds another', async () => {
    const w = world();
    const ends = await innerTls({ device, representative: erin });
    const outcome = await Promise.all([
      onDevice(w, ends.device),
      asRepresentative(w, ends.representative, wrongOtp),
    ]);
    assert.deepEqual(outcome, ['otp-wrong', 'otp-wrong']);
    assert.equal(w.counters.of('erin'), 1);
  });

  it('comes to nothing when a relay with every key of the authority sits in between, whatever it passes on', async () => {
    const w = world();
    // It made certificates of the same names for keys of its own: both sides find them good.
    const asDevice = await home.issue('device', 'd123456789');
    const asErin = await home.issue('representative', 'erin@maker.example');
    const toErin = await innerTls({ device: asDevice, representative: erin });
    const toDevice = await innerTls({ device, representative: asErin });
    const inBetween = { erin: toErin.device.socket, device: toDevice.representative.socket };
    const channels = new Map<Duplex, HelloChannel>(
      Object.values(inBetween).map((socket) => [socket, new HelloChannel(socket)]),
    );
    const [ofDevice, ofErin] = await Promise.all([
      onDevice(w, toDevice.device),
      asRepresentative(w, toErin.representative, rightOtp),
      pass(
        inBetween.erin,
        inBetween.device,
        (channel) => channel.receive(fromRepresentativeSchemas, { deadline: never }),
        channels,
      ),
      pass(
        inBetween.device,
        inBetween.erin,
        (channel) => channel.receive(fromDeviceHelloSchemas, { deadline: never }),
        channels,
      ),
    ]);
    assert.deepEqual([ofDevice, ofErin], ['otp-wrong', 'otp-wrong']);
    assert.equal(w.pins.size + w.counters.pins.size, 0);
    assert.equal(w.counters.otp, 'live');
    assert.equal(w.counters.of('erin'), 1);
  });
});
