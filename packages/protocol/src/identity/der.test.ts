import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { testAuthority } from '../zoo/index.ts';
import { DerError, readAll, readDer, readObjectId, readOne } from './der.ts';
import { readExtensions } from './extensions.ts';

const seed = 20_270_101;
const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

describe('readDer', () => {
  it('reads short and long lengths, and says where the next element begins', () => {
    assert.deepEqual(readDer(bytes(4, 2, 7, 8, 9)), { tag: 4, body: bytes(7, 8), end: 4 });
    const long = new Uint8Array(3 + 200);
    long.set([4, 0x81, 200]);
    assert.equal(readDer(long).body.length, 200);
  });

  const refused: [name: string, input: Uint8Array][] = [
    ['nothing', bytes()],
    ['a tag alone', bytes(4)],
    ['a length that is one more than there is', bytes(4, 2, 7)],
    ['a length of 4 GiB that is not there', bytes(4, 0x84, 0xff, 0xff, 0xff, 0xff, 1)],
    ['a length in five bytes', bytes(4, 0x85, 0, 0, 0, 0, 1, 7)],
    ['the indefinite form', bytes(0x30, 0x80, 0, 0)],
    ['a long length for a short body', bytes(4, 0x81, 1, 7)],
    ['a length with a leading zero', bytes(4, 0x82, 0, 200, ...new Array<number>(200).fill(0))],
    ['a length that is cut', bytes(4, 0x82, 1)],
    ['a tag of several bytes', bytes(0x1f, 0x81, 1, 0)],
  ];
  for (const [name, input] of refused) {
    it(`refuses ${name}`, () => assert.throws(() => readDer(input), DerError));
  }

  it('refuses something behind the one element, and another tag', () => {
    assert.throws(() => readOne(bytes(4, 1, 7, 0), 4), DerError);
    assert.throws(() => readOne(bytes(4, 1, 7), 5), DerError);
  });

  it(`never reads beyond its input, nor fails in another way (seed ${seed})`, () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (input) => {
        try {
          const length = readAll(input).reduce((sum, element) => sum + element.body.length, 0);
          assert.ok(length <= input.length);
        } catch (error) {
          assert.ok(error instanceof DerError);
        }
      }),
      { seed, numRuns: 5_000 },
    );
  });
});

describe('readObjectId', () => {
  it('reads arcs of several bytes, and the roots 0, 1 and 2', () => {
    assert.equal(readObjectId(bytes(0x2b, 6, 1, 5, 5, 7, 3, 1)), '1.3.6.1.5.5.7.3.1');
    assert.equal(readObjectId(bytes(0x2a, 0x86, 0x48, 0xce, 0x3d)), '1.2.840.10045');
    assert.equal(readObjectId(bytes(0x55, 0x1d, 0x0f)), '2.5.29.15');
    assert.equal(readObjectId(bytes(0x88, 0x37)), '2.999');
  });

  it('refuses an empty one, one that is cut, and an arc without end', () => {
    assert.throws(() => readObjectId(bytes()), DerError);
    assert.throws(() => readObjectId(bytes(0x2b, 0x86)), DerError);
    assert.throws(() => readObjectId(new Uint8Array(40).fill(0xff)), DerError);
  });
});

describe('readExtensions', async () => {
  const home = await testAuthority(Date.UTC(2027, 0, 1));
  const { leaf } = await home.issue('device', 'd123456789');

  it('reads what was issued', () => {
    assert.deepEqual(readExtensions(leaf), {
      isCa: false,
      pathLength: undefined,
      keyUsage: { digitalSignature: true, certSign: false, others: false },
      extendedKeyUsage: ['1.3.6.1.5.5.7.3.2', '1.3.6.1.5.5.7.3.1'],
      names: ['sallyport:device/d123456789'],
    });
    const { isCa, pathLength } = readExtensions(home.authority.device.raw);
    assert.deepEqual({ isCa, pathLength }, { isCa: true, pathLength: 0 });
  });

  it('fails in one way only, whatever bytes are changed or cut', () => {
    for (let index = 0; index < leaf.length; index += 1) {
      for (const value of [0x00, 0x80, 0xff]) {
        const changed = Uint8Array.from(leaf);
        changed[index] = value;
        try {
          readExtensions(changed);
        } catch (error) {
          assert.ok(error instanceof DerError, `byte ${index}`);
        }
      }
      assert.throws(() => readExtensions(leaf.subarray(0, index)), DerError);
    }
  });
});
