import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { GrantId, PortNumber } from '../grant/index.ts';
import {
  calculateGenerator,
  confirmationKey,
  generatorString,
  intermediateKey,
  readScalar,
  scalarMultVerify,
  startCpace,
} from './cpace.ts';
import { associatedData, cpaceInputs } from './inputs.ts';
import { bindingOf } from './testParties.ts';
import run from './vectors/pairing.json' with { type: 'json' };

const octets = (hex: string): Uint8Array => Buffer.from(hex, 'hex');
const hex = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('hex');

describe('a pairing that a second implementation computed', () => {
  const inputs = cpaceInputs(
    bindingOf(run.otp, {
      grant: run.grant as GrantId,
      port: run.port as PortNumber,
      sessionId: octets(run.sessionId),
    }),
  );
  const ofDevice = associatedData('device', { certificateSha256: run.deviceCertificateSha256 });
  const ofRepresentative = associatedData('representative', {
    certificateSha256: run.representativeCertificateSha256,
  });

  it('has the same inputs', () => {
    assert.equal(hex(inputs.channel), run.CI);
    assert.equal(hex(ofRepresentative), run.ADa);
    assert.equal(hex(ofDevice), run.ADb);
    assert.equal(hex(generatorString(inputs)), run.generator_string);
    assert.equal(hex(calculateGenerator(inputs).toBytes()), run.g);
  });

  it('has the same keys', () => {
    const point = scalarMultVerify(readScalar(octets(run.ya)), octets(run.Yb)) ?? assert.fail();
    assert.equal(hex(point), run.K);
    const key = intermediateKey(inputs.session, point, {
      a: { share: octets(run.Ya), associated: ofRepresentative },
      b: { share: octets(run.Yb), associated: ofDevice },
    });
    assert.equal(hex(key), run.ISK);
    assert.equal(hex(confirmationKey(inputs.session, key)), run.mac_key);
  });

  it('has the same messages', () => {
    const a = startCpace('a', inputs, ofRepresentative, () => octets(run.ya));
    const b = startCpace('b', inputs, ofDevice, () => octets(run.yb));
    assert.equal(hex(a.share), run.Ya);
    assert.equal(hex(b.share), run.Yb);
    assert.equal(hex(b.finish({ share: a.share, associated: ofRepresentative })?.tag), run.Tb);
    assert.equal(hex(a.finish({ share: b.share, associated: ofDevice })?.tag), run.Ta);
  });
});
