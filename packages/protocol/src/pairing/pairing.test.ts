import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { fail, SallyportError } from '../errors/index.ts';
import { encodeFrame } from '../session/index.ts';
import { type Side, settle } from '../testing/index.ts';
import { type Attempt, enter, pairOnce, world, wrongOtp } from './testParties.ts';

/** Bytes of the frames of a run; they have the same length in every run. */
const frameBytes = {
  share: encodeFrame({ type: 'share', share: 'A'.repeat(43) }).length,
  proof: encodeFrame({ type: 'proof', share: 'A'.repeat(43), tag: 'A'.repeat(86) }).length,
  confirm: encodeFrame({ type: 'confirm', tag: 'A'.repeat(86) }).length,
  ok: encodeFrame({ type: 'ok' }).length,
};

/** The connection breaks when all but one byte of this message has come through. */
const losing = {
  share: { side: 'a', afterBytes: frameBytes.share - 1 },
  proof: { side: 'b', afterBytes: frameBytes.proof - 1 },
  confirm: { side: 'a', afterBytes: frameBytes.share + frameBytes.confirm - 1 },
  ok: { side: 'b', afterBytes: frameBytes.proof + frameBytes.ok - 1 },
} as const satisfies { [message: string]: Attempt['cut'] };
type Lost = keyof typeof losing;
const messages = Object.keys(losing) as Lost[];

describe('a pairing', () => {
  it('leaves a pin on both sides, the OTP spent and no failure', async () => {
    const w = world();
    const { device, representative } = await pairOnce(w);
    assert.deepEqual({ device, representative }, { device: 'paired', representative: 'paired' });
    assert.deepEqual([...w.counters.pins], ['erin']);
    assert.deepEqual([...w.pins], ['erin']);
    assert.equal(w.counters.otp, 'spent');
    assert.equal(w.counters.total, 0);
    assert.equal(w.clock.pending(), 0);
  });

  it('goes on over the same connection with whatever comes next', async () => {
    const w = world();
    const seen: string[] = [];
    await pairOnce(w, {
      between: (message) => {
        seen.push(message.type);
        return message;
      },
    });
    assert.deepEqual(seen, ['share', 'proof', 'confirm', 'ok']);
  });
});

describe('one OTP is enough and nobody is locked out', () => {
  for (const lost of messages) {
    it(`when "${lost}" is lost`, async () => {
      const w = world();
      const first = await pairOnce(w, { cut: losing[lost] });
      assert.equal(first.representative, 'connection-lost');
      // The device has paired if, and only if, nothing but its last message is missing.
      assert.equal(first.device, lost === 'ok' ? 'paired' : 'connection-lost');
      assert.equal(w.counters.of('erin'), { share: 0, proof: 1, confirm: 1, ok: 0 }[lost]);
      assert.equal(w.pins.has('erin'), lost === 'confirm' || lost === 'ok');
      assert.equal(w.counters.pins.has('erin'), lost === 'ok');

      assert.equal(await enter(w, { seed: 5 }), 'in');
      assert.ok(w.pins.has('erin') && w.counters.pins.has('erin'));
      assert.equal(w.counters.otp, 'spent');
    });
  }

  it('when any two runs in a row lose any message', async () => {
    for (const first of messages) {
      for (const second of messages) {
        const w = world();
        await enter(w, { cut: losing[first], seed: 1 });
        await enter(w, { cut: losing[second], seed: 3 });
        assert.equal(await enter(w, { seed: 5 }), 'in', `${first}, then ${second}`);
        assert.equal(w.counters.otp, 'spent');
      }
    }
  });

  it('when the connection breaks after any byte of either side', async () => {
    const ends = { a: frameBytes.share + frameBytes.confirm, b: frameBytes.proof + frameBytes.ok };
    const place = fc
      .constantFrom<Side>('a', 'b')
      .chain((side) =>
        fc.record({ side: fc.constant(side), afterBytes: fc.integer({ min: 0, max: ends[side] }) }),
      );
    const property = fc.asyncProperty(place, fc.integer({ min: 1, max: 1_000 }), async (cut, seed) => {
      const w = world();
      const { device, representative } = await pairOnce(w, { cut, seed });
      // A device that is paired has a representative that knows it: the pin was stored before.
      if (w.counters.pins.has('erin')) assert.ok(w.pins.has('erin'));
      if (representative === 'paired') assert.equal(device, 'paired');
      assert.ok(w.counters.of('erin') <= 1);
      assert.equal(await enter(w, { seed: seed + 7 }), 'in');
    });
    await fc.assert(property, { seed: 20_270_103, numRuns: 120 });
  });

  it('when the pin cannot be written at the representative: the OTP is still live', async () => {
    const w = world();
    const full = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    const first = await pairOnce(w, { storePin: () => Promise.reject(full) });
    assert.equal(first.representative, 'internal');
    assert.equal(first.device, 'connection-lost');
    assert.equal(w.counters.otp, 'live');
    assert.equal(await enter(w, { seed: 5 }), 'in');
  });

  it('when the pin cannot be written on the device: nothing is spent, and the representative is told', async () => {
    const w = world();
    const paired = (): never => {
      throw new Error('database or disk is full');
    };
    const first = await pairOnce(w, { record: { paired } });
    assert.deepEqual([first.representative, first.device], ['internal', 'internal']);
    assert.equal(w.counters.otp, 'live');
    assert.equal(await enter(w, { seed: 5 }), 'in');
  });
});

describe('a wrong OTP', () => {
  it('is told to the representative with the tries that are left, and leaves a failure', async () => {
    const w = world();
    const { device, representative, errors } = await pairOnce(w, { otp: wrongOtp });
    assert.deepEqual([device, representative], ['otp-wrong', 'otp-wrong']);
    const error = errors['representative'];
    assert.ok(error instanceof SallyportError);
    assert.deepEqual(error.details, { left: 2 });
    assert.equal(error.leg, 'device');
    assert.equal(w.counters.of('erin'), 1);
    assert.equal(w.counters.otp, 'live');
    assert.equal(w.pins.size + w.counters.pins.size, 0);
  });

  it('blocks the key the third time, for the right OTP too, and nobody else', async () => {
    const w = world();
    for (const seed of [1, 3, 5]) await enter(w, { otp: wrongOtp, seed });
    assert.equal(await enter(w, { seed: 7 }), 'key-blocked');
    assert.equal(await enter(w, { key: 'frank', seed: 9 }), 'in');
  });

  it('voids the OTP the fifth time in all', async () => {
    const w = world();
    const codes: string[] = [];
    for (const [index, key] of ['a', 'b', 'c', 'd', 'e', 'f'].entries()) {
      codes.push(await enter(w, { otp: wrongOtp, key, seed: 1 + 2 * index }));
    }
    assert.deepEqual(codes, [...Array(5).fill('otp-wrong'), 'otp-void']);
    assert.equal(await enter(w, { key: 'erin', seed: 99 }), 'otp-void');
  });

  it('is pairing-failed when the device says nothing of it', async () => {
    const w = world();
    const { representative } = await pairOnce(w, {
      otp: wrongOtp,
      between: (message) => (message.type === 'mismatch' ? undefined : message),
      meanwhile: () => pass(w, 10_000),
    });
    assert.equal(representative, 'pairing-failed');
    const mute = await pairOnce(w, {
      otp: wrongOtp,
      seed: 3,
      between: (message) => (message.type === 'refused' ? { type: 'ok' } : message),
    });
    assert.equal(mute.representative, 'pairing-failed');
  });

  it('is counted even if the representative leaves without a word', async () => {
    const w = world();
    await pairOnce(w, { otp: wrongOtp, cut: { side: 'a', afterBytes: frameBytes.share + 1 } });
    assert.equal(w.counters.of('erin'), 1);
  });

  it('is never shown: neither error nor messages contain the OTP of either side', async () => {
    const w = world();
    const said: string[] = [];
    const { errors } = await pairOnce(w, {
      otp: wrongOtp,
      between: (message) => {
        said.push(JSON.stringify(message));
        return message;
      },
    });
    const all =
      said.join() + JSON.stringify(errors) + String(errors['device']) + String(errors['representative']);
    for (const digits of ['482190375', '482190376', '482-190']) assert.ok(!all.includes(digits));
  });
});

/** Time passes while a run is under way: first what is due without it, then `ms`. */
async function pass(w: ReturnType<typeof world>, ms: number): Promise<void> {
  await settle(40);
  await w.clock.advance(ms);
}

describe('a run that takes too long', () => {
  it('ends 10 s after the share, by the clock, and stays counted', async () => {
    const w = world();
    const { device, representative } = await pairOnce(w, {
      between: (message) => (message.type === 'confirm' ? undefined : message),
      meanwhile: async () => {
        await pass(w, 9_999);
        assert.equal(w.clock.pending(), 1);
        await w.clock.advance(1);
      },
    });
    assert.deepEqual([device, representative], ['pairing-timed-out', 'pairing-timed-out']);
    assert.equal(w.counters.of('erin'), 1);
    assert.equal(w.clock.pending(), 0);
  });

  it('ends 10 s after it began if no share comes, and costs nothing', async () => {
    const w = world();
    const { device } = await pairOnce(w, {
      between: (message) => (message.type === 'share' ? undefined : message),
      meanwhile: () => pass(w, 10_000),
    });
    assert.equal(device, 'pairing-timed-out');
    assert.equal(w.counters.of('erin'), 0);
  });

  it('is in time when 9.9 s pass between share and tag', async () => {
    const w = world();
    const { device } = await pairOnce(w, { storePin: () => w.clock.advance(9_900) });
    assert.equal(device, 'paired');
  });

  it('ends at once when the grant ends, and says so', async () => {
    const w = world();
    const grant = new AbortController();
    const { device, representative } = await pairOnce(w, {
      deadline: { device: grant.signal },
      between: (message) => (message.type === 'confirm' ? undefined : message),
      meanwhile: async () => {
        await settle(40);
        grant.abort(fail('grant-ended'));
      },
    });
    assert.deepEqual([device, representative], ['grant-ended', 'grant-ended']);
    assert.equal(w.counters.pins.size, 0);
  });

  it('does not pair when the grant ended while the tag was on its way', async () => {
    const w = world();
    const grant = new AbortController();
    const { device } = await pairOnce(w, {
      deadline: { device: grant.signal },
      storePin: async () => grant.abort(fail('grant-ended')),
    });
    assert.equal(device, 'grant-ended');
    assert.equal(w.counters.pins.size, 0);
    assert.equal(w.counters.otp, 'live');
  });
});
