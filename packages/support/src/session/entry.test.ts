import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { fail } from '@sallyport/protocol/errors';
import { makeGrantId, Otp, type PortNumber } from '@sallyport/protocol/grant';
import { openPins, type PinFolder } from '../pins/index.ts';
import type { Caller } from '../relay/index.ts';
import { type FakeDevice, hostKey, makeFakeDevice } from '../testing/fakeDevice.ts';
import { type FakeRelay, startFakeRelay } from '../testing/fakeRelay.ts';
import { type Maker, makeMaker } from '../testing/maker.ts';
import { datedClock, makeCaller } from '../testing/representative.ts';
import { type Entered, enter } from './entry.ts';
import { makeNotice } from './notice.ts';

const port = 40_123 as PortNumber;
const clock = datedClock(Date.now());
const silent = makeNotice({ isTTY: false, write: () => {} }, clock);
let maker: Maker;
let relay: FakeRelay;
let device: FakeDevice;
let caller: Caller & { remove(): void };
let pins: PinFolder;
let asked = 0;
let busy = 0;
/** What the relay says; the device's own grant unless a test lies. */
let saidGrant: string | undefined;

before(async () => {
  maker = await makeMaker(clock.wallMs());
  relay = await startFakeRelay(maker, clock, {
    ask: () => ({
      v: 1,
      grants: [
        { grant: device.grant, port, device: device.id, endsAt: '', scopes: ['web'], connected: true },
      ],
    }),
    knock: (wanted) => {
      if (Number(wanted) !== port) throw fail('grant-not-found');
      if (busy > 0) {
        busy -= 1;
        throw fail('device-busy');
      }
      return { grant: saidGrant ?? device.grant, device: device.id, answer: (half) => device.serve(half) };
    },
  });
});
beforeEach(async () => {
  caller?.remove();
  caller = await makeCaller(maker, clock, relay.port);
  pins = openPins(caller.data, caller.identity.key, clock.wallMs());
  device = await newDevice('d1');
  saidGrant = undefined;
  asked = 0;
  busy = 0;
});
after(() => {
  caller.remove();
  relay.close();
});

const otp = Otp.make(randomBytes);
const newDevice = (id: string): Promise<FakeDevice> =>
  makeFakeDevice(maker, clock, id, { grant: makeGrantId(randomBytes), port, otp });
const come = async (options: { atHand?: boolean; typed?: Otp } = {}): Promise<Entered> => {
  const entered = await enter({
    caller,
    pins,
    port,
    random: randomBytes,
    since: clock.wallMs() + 1,
    notice: silent,
    onApproval: () => {},
    onPairing: () => {},
    otp: {
      atHand: options.atHand ?? true,
      read: async () => {
        asked += 1;
        return options.typed ?? otp;
      },
    },
  });
  entered.hello.connection.socket.destroy();
  return entered;
};

describe('entering a grant', () => {
  it('pairs once, keeps a pin, and needs no password after', async () => {
    const first = await come();
    assert.equal(first.opened.hostKey, hostKey);
    assert.equal(pins.ofPort(port)?.device, 'd1');
    await come();
    assert.deepEqual([asked, device.runs], [1, 1]);
  });
  it('runs one pairing for one typed password, and keeps no pin if it was wrong', async () => {
    await assert.rejects(come({ typed: Otp.make(randomBytes) }), { code: 'otp-wrong', leg: 'device' });
    assert.deepEqual([asked, device.runs], [1, 1]);
    assert.equal(pins.ofPort(port), undefined);
  });
  it('opens after the pairing’s last message was lost, without another run', async () => {
    device.cutAt = 'stored';
    const entered = await come();
    assert.equal(entered.opened.grant, device.grant);
    assert.deepEqual([asked, device.runs], [1, 1]);
  });
  it('opens after the connection broke between pairing and opening, without another run', async () => {
    device.cutAt = 'open';
    const entered = await come();
    assert.equal(entered.opened.grant, device.grant);
    assert.deepEqual([asked, device.runs], [1, 1]);
  });
  it('pairs again when another grant has the port number', async () => {
    await come();
    device = await newDevice('d2');
    await come();
    assert.equal(asked, 2);
    assert.equal(pins.ofPort(port)?.device, 'd2');
  });
  it('forgets a pin that the device does not know any more, and pairs again', async () => {
    await come();
    device.paired.clear();
    await come();
    assert.equal(asked, 2);
  });
  it('is refused when another device answers for the grant that was paired with', async () => {
    await come();
    const { grant } = device;
    device = await newDevice('d3');
    device.grant = grant;
    device.paired.add(caller.identity.key);
    await assert.rejects(come(), { code: 'device-changed', leg: 'to-device' });
    assert.equal(asked, 1);
  });
  it('is refused when a device of the same name shows another key', async () => {
    await come();
    const { grant } = device;
    device = await newDevice('d1');
    device.grant = grant;
    device.paired.add(caller.identity.key);
    await assert.rejects(come(), { code: 'device-changed' });
  });
  it('is refused when the device opens another grant than the one asked for', async () => {
    await come();
    device.lieAboutGrant = makeGrantId(randomBytes);
    await assert.rejects(come(), { code: 'grant-ambiguous', leg: 'device' });
  });
  it('does not believe a device that says "paired" to whom has no pin', async () => {
    device.paired.add(caller.identity.key);
    await come();
    assert.deepEqual([asked, device.runs], [1, 1]);
  });
  it('does not use the pin of another port number, whatever the relay says', async () => {
    await come();
    saidGrant = device.grant;
    const pin = pins.of(device.grant);
    assert.ok(pin);
    pins.keep({ ...pin, port: 40_124 as PortNumber });
    await come();
    assert.equal(asked, 2);
  });
  it('comes again when the door is busy for a moment', async () => {
    busy = 2;
    await come();
    assert.equal(busy, 0);
  });
  it('comes again when it is cut while it opens, if it needs no password for that', async () => {
    await come();
    device.cuts = 2;
    const entered = await come();
    assert.equal(entered.opened.grant, device.grant);
    assert.deepEqual([asked, device.runs, device.cuts], [1, 1, 0]);
  });
  it('says that it was cut when that goes on', async () => {
    await come();
    device.cuts = 1_000;
    await assert.rejects(come(), { code: 'connection-lost' });
    assert.ok(device.cuts < 999, 'it came again');
    device.cuts = 0;
  });
  it('asks nobody for a password of a grant that is not open', async () => {
    device.port = 40_999 as PortNumber;
    const closed = enter({
      caller,
      pins,
      port: 40_999 as PortNumber,
      random: randomBytes,
      since: clock.wallMs(),
      notice: silent,
      onApproval: () => {},
      onPairing: () => {},
      otp: { atHand: false, read: () => assert.fail('asked') },
    });
    await assert.rejects(closed, { code: 'grant-not-found', leg: 'relay' });
  });
  it('does nothing with the pins of another key', async () => {
    await come();
    const data = mkdtempSync(join(tmpdir(), 'sallyport-pins-'));
    rmSync(data, { recursive: true });
    assert.equal(openPins(caller.data, '0'.repeat(64), clock.wallMs()).ofPort(port), undefined);
  });
});
