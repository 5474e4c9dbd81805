import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { GrantId, PortNumber } from '../grant/index.ts';
import { seededRandom } from '../testing/index.ts';
import { startCpace } from './cpace.ts';
import { associatedData, cpaceInputs } from './inputs.ts';
import {
  type Attempt,
  bindingOf,
  deviceParty,
  pairOnce,
  representativeParty,
  rightOtp,
  world,
} from './testParties.ts';

/** Changes one bit of octets in base64url. */
function flip(text: string, bit: number): string {
  const octets = Buffer.from(text, 'base64url');
  const at = Math.floor(bit / 8) % octets.length;
  octets.writeUInt8(octets.readUInt8(at) ^ (1 << (bit % 8)), at);
  return octets.toString('base64url');
}
const neutral = 'A'.repeat(43);

/** Nobody is paired, nothing is pinned, the OTP is unspent. */
async function comesToNothing(
  attempt: Attempt,
): Promise<{ device: string; representative: string; counted: number }> {
  const w = world();
  const { device, representative } = await pairOnce(w, attempt);
  assert.notEqual(device, 'paired');
  assert.notEqual(representative, 'paired');
  assert.equal(w.counters.pins.size, 0);
  assert.equal(w.counters.otp, 'live');
  return { device, representative, counted: w.counters.of('erin') };
}

describe('whoever changes a message', () => {
  it('of the representative: the share, any bit of it, gets no pairing', async () => {
    const property = fc.asyncProperty(fc.integer({ min: 0, max: 255 }), async (bit) => {
      await comesToNothing({
        between: (message) =>
          message.type === 'share' ? { ...message, share: flip(message.share, bit) } : message,
      });
    });
    await fc.assert(property, { seed: 20_270_104, numRuns: 40 });
  });

  it('of the device: share or tag, any bit of them, gets no pairing', async () => {
    const property = fc.asyncProperty(fc.integer({ min: 0, max: 767 }), async (bit) => {
      await comesToNothing({
        between: (message) => {
          if (message.type !== 'proof') return message;
          return bit < 256
            ? { ...message, share: flip(message.share, bit) }
            : { ...message, tag: flip(message.tag, bit - 256) };
        },
      });
    });
    await fc.assert(property, { seed: 20_270_105, numRuns: 40 });
  });

  it('of the representative: the tag, gets a counted failure and no pin on the device', async () => {
    const w = world();
    const { device, representative } = await pairOnce(w, {
      between: (message) =>
        message.type === 'confirm' ? { ...message, tag: flip(message.tag, 511) } : message,
    });
    assert.deepEqual([device, representative], ['otp-wrong', 'otp-wrong']);
    assert.equal(w.counters.of('erin'), 1);
    assert.equal(w.counters.pins.size, 0);
    assert.equal(w.counters.otp, 'live');
  });

  it('into `ok` at the start gets no pin at the representative', async () => {
    const { representative } = await comesToNothing({
      between: (message) => (message.type === 'proof' ? { type: 'ok' } : message),
    });
    assert.equal(representative, 'pairing-failed');
  });
});

describe('a share that is none', () => {
  it('ends the run on the device before it is counted', async () => {
    for (const share of [neutral, '_'.repeat(43)]) {
      const { device, counted } = await comesToNothing({
        between: (message) => (message.type === 'share' ? { ...message, share } : message),
      });
      assert.equal(device, 'message-malformed');
      assert.equal(counted, 0);
    }
  });

  it('ends the run at the representative', async () => {
    const { representative } = await comesToNothing({
      between: (message) => (message.type === 'proof' ? { ...message, share: neutral } : message),
    });
    assert.equal(representative, 'message-malformed');
  });

  it('of a wrong length is refused by the schema, on either side', async () => {
    for (const length of [0, 42, 44, 4_000]) {
      const toDevice = await comesToNothing({
        between: (message) =>
          message.type === 'share' ? { ...message, share: 'A'.repeat(length) } : message,
      });
      assert.equal(toDevice.device, 'message-malformed');
      assert.equal(toDevice.counted, 0);
      const toRepresentative = await comesToNothing({
        between: (message) => (message.type === 'proof' ? { ...message, tag: 'A'.repeat(length) } : message),
      });
      assert.equal(toRepresentative.representative, 'message-malformed');
    }
  });
});

describe('a message sent back to its sender', () => {
  it('gets nothing from the representative: its own share as the device’s', async () => {
    let share = '';
    const { representative } = await comesToNothing({
      between: (message) => {
        if (message.type === 'share') share = message.share;
        return message.type === 'proof' ? { ...message, share } : message;
      },
    });
    assert.equal(representative, 'otp-wrong');
  });

  it('gets nothing from the device: its own tag as the representative’s', async () => {
    let tag = '';
    const w = world();
    const { device } = await pairOnce(w, {
      between: (message) => {
        if (message.type === 'proof') tag = message.tag;
        return message.type === 'confirm' ? { ...message, tag } : message;
      },
    });
    assert.equal(device, 'otp-wrong');
    assert.equal(w.counters.pins.size, 0);
  });

  it('gets nothing from the device: its own share of an earlier run', async () => {
    const inputs = cpaceInputs(bindingOf(rightOtp));
    const ofDevice = associatedData('device', deviceParty);
    const earlier = startCpace('b', inputs, ofDevice, seededRandom(1));
    const later = startCpace('b', inputs, ofDevice, seededRandom(1));
    const result = later.finish({
      share: earlier.share,
      associated: associatedData('representative', representativeParty),
    });
    // Even with the same scalar twice, the tag that comes back is over other roles.
    assert.ok(result);
    assert.equal(result.accepts(result.tag), false);
  });

  it('gives another share and another tag in every run', async () => {
    const seen = new Set<string>();
    for (const seed of [1, 3, 5]) {
      await pairOnce(world(), {
        seed,
        between: (message) => {
          seen.add(JSON.stringify(message));
          return message;
        },
      });
    }
    // Three runs of share, proof and confirm, and `ok` thrice the same.
    assert.equal(seen.size, 3 * 3 + 1);
  });
});

describe('two sides that hold something different', () => {
  const other = { certificateSha256: 'ff'.repeat(32) };
  const differences: { [name: string]: Attempt['device'] } = {
    'the session id of the TLS connection': { sessionId: new Uint8Array(32).fill(8) },
    'the grant': { grant: 'f'.repeat(32) as GrantId },
    'the port number': { port: 40_124 as PortNumber },
    'the certificate of the representative': { peer: other },
    'the certificate of the device': { own: other },
    'whose certificate is whose': { own: representativeParty, peer: deviceParty },
  };
  for (const [name, device] of Object.entries(differences)) {
    it(`do not pair: ${name}`, async () => {
      const { representative, counted } = await comesToNothing(device === undefined ? {} : { device });
      assert.equal(representative, 'otp-wrong');
      assert.equal(counted, 1);
    });
  }

  it('do not pair: the role, with the same certificate', () => {
    const inputs = cpaceInputs(bindingOf(rightOtp));
    const roles = {
      device: associatedData('device', deviceParty),
      other: associatedData('representative', deviceParty),
    };
    const a = startCpace('a', inputs, roles.other, seededRandom(1));
    const b = startCpace('b', inputs, roles.other, seededRandom(2));
    const atB = b.finish({ share: a.share, associated: roles.other });
    const atA = a.finish({ share: b.share, associated: roles.device });
    assert.ok(atA && atB);
    assert.equal(atA.accepts(atB.tag), false);
    assert.equal(atB.accepts(atA.tag), false);
  });

  it('do not pair: who is first', () => {
    const inputs = cpaceInputs(bindingOf(rightOtp));
    const same = associatedData('device', deviceParty);
    const one = startCpace('a', inputs, same, seededRandom(1));
    const two = startCpace('a', inputs, same, seededRandom(2));
    const atOne = one.finish({ share: two.share, associated: same });
    const atTwo = two.finish({ share: one.share, associated: same });
    assert.ok(atOne && atTwo);
    assert.equal(atOne.accepts(atTwo.tag), false);
  });
});

describe('what a pairing is bound to', () => {
  it('has these bytes', () => {
    const { password, channel, session } = cpaceInputs(bindingOf(rightOtp));
    assert.equal(Buffer.from(password).toString(), '482190375');
    assert.equal(
      Buffer.from(channel).toString('latin1'),
      '\x11sallyport-pairing\x011\x200123456789abcdef0123456789abcdef\x0540123',
    );
    assert.deepEqual([...session], Array(32).fill(7));
    assert.equal(
      Buffer.from(associatedData('representative', representativeParty)).toString('latin1'),
      `\x0erepresentative\x20${'\xe1'.repeat(32)}`,
    );
    assert.equal(
      Buffer.from(associatedData('device', deviceParty)).toString('latin1'),
      `\x06device\x20${'\xd0'.repeat(32)}`,
    );
  });

  it('is refused without the whole session id or certificate hash', () => {
    assert.throws(() => cpaceInputs(bindingOf(rightOtp, { sessionId: new Uint8Array(31) })));
    for (const certificateSha256 of ['', 'D0'.repeat(32), 'd0'.repeat(31)]) {
      assert.throws(() => associatedData('device', { certificateSha256 }));
    }
  });
});
