import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { seededRandom } from '../testing/index.ts';
import {
  calculateGenerator,
  confirmationKey,
  confirmationTag,
  generatorString,
  intermediateKey,
  keyInput,
  readScalar,
  sampleScalar,
  scalarMult,
  scalarMultVerify,
  startCpace,
  transcriptOctets,
} from './cpace.ts';
import { lengthValue, prependLength } from './octets.ts';
import draft from './vectors/cpace-ristretto255-sha512.json' with { type: 'json' };
import confirmation from './vectors/key-confirmation.json' with { type: 'json' };

const octets = (hex: string): Uint8Array => Buffer.from(hex, 'hex');
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const sha512 = (bytes: Uint8Array): string => createHash('sha512').update(bytes).digest('hex');

describe('the vectors of draft-irtf-cfrg-cpace', () => {
  const { run } = draft;
  const inputs = { password: octets(run.PRS), channel: octets(run.CI), session: octets(run.sid) };
  const transcript = {
    a: { share: octets(run.Ya), associated: octets(run.ADa) },
    b: { share: octets(run.Yb), associated: octets(run.ADb) },
  };

  it('hold no value that this test does not compare', () => {
    assert.deepEqual(Object.keys(draft), [
      'source',
      'left out',
      'prependLength',
      'lengthValue',
      'transcript',
      'run',
      'scalarMultVfy',
    ]);
    assert.deepEqual(Object.keys(run), [
      ...['PRS', 'zpad length', 'DSI', 'CI', 'sid'],
      ...['generator_string', 'hash result', 'g', 'ADa', 'ya', 'Ya', 'ADb', 'yb', 'Yb'],
      ...['K from ya', 'K from yb', 'transcript_ir', 'DSI_ISK', 'ISK input', 'ISK'],
    ]);
    assert.deepEqual(Object.keys(draft.scalarMultVfy), ['s', 'valid', 'invalid']);
  });

  it('agree on prepend_len, at 127 and 128 bytes too', () => {
    for (const [input = '', output] of draft.prependLength) {
      assert.equal(hex(prependLength(octets(input))), output);
    }
  });

  it('agree on lv_cat', () => {
    for (const [parts, joined] of draft.lengthValue) {
      assert.ok(Array.isArray(parts));
      assert.equal(hex(lengthValue(...parts.map(octets))), joined);
    }
  });

  it('agree on transcript_ir', () => {
    for (const [parts, joined] of draft.transcript) {
      assert.ok(Array.isArray(parts) && parts.length === 4);
      const [shareA = '', associatedA = '', shareB = '', associatedB = ''] = parts;
      const a = { share: octets(shareA), associated: octets(associatedA) };
      const b = { share: octets(shareB), associated: octets(associatedB) };
      assert.equal(hex(transcriptOctets({ a, b })), joined);
    }
    assert.equal(hex(transcriptOctets(transcript)), run.transcript_ir);
  });

  it('agree on the generator, its string, its padding and its hash', () => {
    const text = generatorString(inputs);
    assert.equal(hex(text), run.generator_string);
    assert.equal(hex(text).startsWith(`11${run.DSI}08${run.PRS}${run['zpad length'].toString(16)}00`), true);
    assert.equal(sha512(text), run['hash result']);
    assert.equal(hex(calculateGenerator(inputs).toBytes()), run.g);
  });

  it('agree on both shares', () => {
    const generator = calculateGenerator(inputs);
    assert.equal(hex(scalarMult(readScalar(octets(run.ya)), generator)), run.Ya);
    assert.equal(hex(scalarMult(readScalar(octets(run.yb)), generator)), run.Yb);
  });

  it('agree on the secret point from either side, and on the key', () => {
    const fromA = scalarMultVerify(readScalar(octets(run.ya)), octets(run.Yb));
    const fromB = scalarMultVerify(readScalar(octets(run.yb)), octets(run.Ya));
    assert.ok(fromA && fromB);
    assert.equal(hex(fromA), run['K from ya']);
    assert.equal(hex(fromB), run['K from yb']);
    assert.equal(hex(keyInput(inputs.session, fromA, transcript)), run['ISK input']);
    assert.ok(run['ISK input'].startsWith(`15${run.DSI_ISK}`));
    assert.equal(hex(intermediateKey(inputs.session, fromA, transcript)), run.ISK);
  });

  it('agree on which shares are refused', () => {
    const { s, valid, invalid } = draft.scalarMultVfy;
    for (const [share = '', product = ''] of valid) {
      const point = scalarMultVerify(readScalar(octets(s)), octets(share));
      assert.equal(point && hex(point), product);
    }
    for (const share of invalid)
      assert.equal(scalarMultVerify(readScalar(octets(s)), octets(share)), undefined);
  });

  it('lead to the tags that another implementation computed', () => {
    const key = confirmationKey(inputs.session, octets(run.ISK));
    assert.equal(hex(key), confirmation.mac_key);
    assert.equal(hex(confirmationTag(key, transcript.a)), confirmation.Ta);
    assert.equal(hex(confirmationTag(key, transcript.b)), confirmation.Tb);
  });

  it('come out of a whole run with the scalars of the draft', () => {
    const a = startCpace('a', inputs, octets(run.ADa), () => octets(run.ya));
    const b = startCpace('b', inputs, octets(run.ADb), () => octets(run.yb));
    assert.equal(hex(a.share), run.Ya);
    assert.equal(hex(b.share), run.Yb);
    const atB = b.finish({ share: a.share, associated: octets(run.ADa) });
    const atA = a.finish({ share: b.share, associated: octets(run.ADb) });
    assert.ok(atA && atB);
    assert.equal(hex(atB.tag), confirmation.Tb);
    assert.equal(hex(atA.tag), confirmation.Ta);
    assert.equal(atA.accepts(atB.tag), true);
    assert.equal(atB.accepts(atA.tag), true);
  });
});

describe('a run of CPace', () => {
  const inputs = { password: octets('00'), channel: octets('01'), session: octets('02') };
  const start = (side: 'a' | 'b', seed: number) => startCpace(side, inputs, octets('aa'), seededRandom(seed));

  it('refuses a share of another length than 32 bytes', () => {
    const run = start('b', 1);
    for (const length of [0, 1, 31, 33, 64]) {
      assert.equal(run.finish({ share: new Uint8Array(length), associated: octets('bb') }), undefined);
    }
  });

  it('refuses the neutral element and encodings that are not canonical', () => {
    const prime = 2n ** 255n - 19n;
    const littleEndian = (value: bigint) => octets(value.toString(16).padStart(64, '0')).reverse();
    const run = start('b', 1);
    for (const share of [0n, prime, prime + 2n, 1n, 2n ** 255n, prime - 1n].map(littleEndian)) {
      assert.equal(run.finish({ share, associated: octets('bb') }), undefined);
    }
  });

  it('accepts no tag of another length, no truncated and no lengthened one', () => {
    const a = start('a', 1);
    const atB = start('b', 2).finish({ share: a.share, associated: octets('aa') });
    assert.ok(atB);
    const good = a.finish({ share: start('b', 2).share, associated: octets('aa') })?.tag;
    assert.ok(good);
    assert.equal(atB.accepts(good), true);
    for (const length of [0, 1, 32, 63]) assert.equal(atB.accepts(good.subarray(0, length)), false);
    assert.equal(atB.accepts(Buffer.concat([good, octets('00')])), false);
  });

  it('is not confused by a caller that changes its buffers afterwards', () => {
    const associated = octets('aa');
    const mine = { ...inputs, session: octets('02') };
    const a = startCpace('a', mine, associated, seededRandom(1));
    associated.fill(0xff);
    mine.session.fill(0xff);
    a.share.fill(0);
    const b = start('b', 2);
    const atA = a.finish({ share: b.share, associated: octets('aa') });
    const atB = b.finish({ share: start('a', 1).share, associated: octets('aa') });
    assert.ok(atA && atB);
    assert.equal(atB.accepts(atA.tag), true);
  });

  it('draws scalars below 2^252', () => {
    assert.equal(
      sampleScalar(() => new Uint8Array(32).fill(0xff)),
      2n ** 252n - 1n,
    );
  });

  it('leaves the bytes of its random source as they were', () => {
    const drawn = new Uint8Array(32).fill(0xff);
    sampleScalar(() => drawn);
    assert.ok(drawn.every((byte) => byte === 0xff));
  });
});
