import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { after, before, beforeEach, describe, it } from 'node:test';
import { fail, type ProtocolErrorCode } from '@sallyport/protocol/errors';
import { makeGrantId, Otp, type PortNumber } from '@sallyport/protocol/grant';
import { pause } from '../clock/pause.ts';
import type { Caller } from '../relay/index.ts';
import { type FakeDevice, makeFakeDevice } from '../testing/fakeDevice.ts';
import { type FakeRelay, startFakeRelay } from '../testing/fakeRelay.ts';
import { type Maker, makeMaker } from '../testing/maker.ts';
import { datedClock, makeCaller } from '../testing/representative.ts';
import { makeNotice, openSession, type Session } from './index.ts';

const port = 40_123 as PortNumber;
const clock = datedClock(Date.now());
const otp = Otp.make(randomBytes);
let maker: Maker;
let relay: FakeRelay;
let device: FakeDevice;
let caller: Caller & { remove(): void };
let asked = 0;
let knocks = 0;
/** What the next knocks are answered with; then the device comes. */
let refusals: ProtocolErrorCode[] = [];
/** What they are answered with until the program has said something. */
let untilSaid: ProtocolErrorCode | undefined;

before(async () => {
  maker = await makeMaker(clock.wallMs());
  relay = await startFakeRelay(maker, clock, {
    knock: () => {
      knocks += 1;
      const refusal = refusals.shift() ?? (said === '' ? untilSaid : undefined);
      if (refusal) throw fail(refusal);
      return { grant: device.grant, device: device.id, answer: (half) => device.serve(half) };
    },
  });
});
beforeEach(async () => {
  caller?.remove();
  caller = await makeCaller(maker, clock, relay.port);
  device = await makeFakeDevice(maker, clock, 'd1', { grant: makeGrantId(randomBytes), port, otp });
  refusals = [];
  asked = 0;
  knocks = 0;
  said = '';
  untilSaid = undefined;
});
after(() => {
  caller.remove();
  relay.close();
});

/** What was said on standard error, where that is no terminal. */
let said = '';
const write = (text: string): void => {
  said += text;
};
const open = (waitMs: number): Promise<Session> =>
  openSession({
    caller,
    port,
    otp: {
      atHand: true,
      read: async () => {
        asked += 1;
        return otp;
      },
    },
    random: randomBytes,
    since: clock.wallMs(),
    waitMs,
    notice: makeNotice({ isTTY: false, write }, clock),
    onApproval: () => {},
  });

describe('a session', () => {
  it('is looked for beyond the end that the grant had when it opened: the end may have been moved', async () => {
    device.leftMs = 1;
    const opened = new Promise<Duplex>((resolve) => {
      device.onOpened = resolve;
    });
    const session = await open(0);
    const connection = await opened;
    await pause(clock, 2);
    refusals = ['device-away', 'device-away', 'cut-off'];
    connection.destroy();
    assert.equal((await session.ended).code, 'cut-off');
    assert.equal(knocks, 4);
  });
});

describe('opening a session', () => {
  it('is tried again while the device is away, with the password that was typed once', async () => {
    refusals = ['device-away', 'device-no-answer'];
    const session = await open(60_000);
    assert.deepEqual([knocks, asked, device.runs], [3, 1, 1]);
    await session.end();
  });
  it('says what is waited for: a device that is away, and a relay that is about to restart', async () => {
    for (const [refusal, why] of [
      ['device-away', 'The device is not connected to the relay at the moment.'],
      ['relay-draining', 'The relay is about to restart.'],
    ] as const) {
      said = '';
      untilSaid = refusal;
      const session = await open(60_000);
      assert.equal(said, `sallyport: ${why} Trying again ...\nsallyport: connected.\n`);
      await session.end();
    }
  });
  it('is tried once where nobody wants to wait', async () => {
    refusals = ['device-away'];
    await assert.rejects(open(0), { code: 'device-away' });
    assert.equal(knocks, 1);
  });
  it('is tried once where the answer is a refusal', async () => {
    refusals = ['grant-ended'];
    await assert.rejects(open(60_000), { code: 'grant-ended' });
    assert.equal(knocks, 1);
  });
  it('never tries a password again by itself, however long it may wait', async () => {
    device.cutAt = 'started';
    await assert.rejects(open(60_000), { code: 'connection-lost', leg: 'to-device' });
    assert.deepEqual([knocks, asked, device.runs], [1, 1, 1]);
  });
});
