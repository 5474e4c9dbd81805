/**
 * Whatever comes from outside is parsed or refused: no crash, no other error, and no more memory than the parser may set
 * aside, whatever lengths the input claims. The parsers are those of one table.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { largestAllocation } from '../../scripts/fuzz/allocation.ts';
import { isRefusal, type Parser } from '../../scripts/fuzz/parser.ts';
import { parsers } from '../../scripts/fuzz/parsers.ts';

const seed = Number(process.env['SALLYPORT_FUZZ_SEED'] ?? 20_271_124);
/** Of the runs of `npm test`. */
const times = Number(process.env['SALLYPORT_FUZZ_TIMES'] ?? 1);
const longestInput = 4_096;

type Edit = {
  readonly at: number;
  readonly what: 'flip' | 'drop' | 'double' | 'fill' | 'put';
  readonly byte: number;
  readonly length: number;
};
const edit: fc.Arbitrary<Edit> = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  what: fc.constantFrom('flip', 'drop', 'double', 'fill', 'put'),
  // 0, 255 and the characters of JSON, YAML and paths lead further than others.
  byte: fc.oneof(
    fc.integer({ min: 0, max: 255 }),
    fc.constantFrom(0, 255, ...Buffer.from('"[]{}:,\\./-&*\n')),
  ),
  length: fc.integer({ min: 1, max: 16 }),
});

function edited(example: Buffer, edits: readonly Edit[]): Buffer {
  let bytes = Buffer.from(example);
  for (const { at, what, byte, length } of edits) {
    const start = Math.floor(at * bytes.length);
    const [before, some, rest] = [
      bytes.subarray(0, start),
      bytes.subarray(start, start + length),
      bytes.subarray(start + length),
    ];
    if (what === 'flip') bytes[start] = (bytes[start] ?? 0) ^ (1 << (byte % 8));
    else if (what === 'drop') bytes = Buffer.concat([before, rest]);
    else if (what === 'double') bytes = Buffer.concat([before, some, some, rest]);
    else if (what === 'fill') bytes.fill(byte, start, Math.min(start + length, bytes.length));
    else bytes = Buffer.concat([before, Buffer.alloc(length, byte), some, rest]);
  }
  return bytes.subarray(0, longestInput);
}

const inputs = ({ examples }: Parser): fc.Arbitrary<Buffer> =>
  fc.oneof(
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)) },
    {
      weight: 1,
      arbitrary: fc.json({ maxDepth: 4 }).map((text) => Buffer.from(text).subarray(0, longestInput)),
    },
    {
      weight: 6,
      arbitrary: fc
        .tuple(fc.constantFrom(...examples), fc.array(edit, { minLength: 1, maxLength: 8 }))
        .map(([example, edits]) => edited(example, edits)),
    },
  );

/** @throws an AssertionError if the parser breaks, or takes more memory than it may */
async function judge(parser: Parser, input: Buffer): Promise<void> {
  const { largestBytes, error } = await largestAllocation(() => parser.take(input));
  if (error !== undefined && !isRefusal(error)) throw error;
  assert.ok(
    largestBytes <= parser.largestBytes,
    `${largestBytes} bytes at once, of ${parser.largestBytes} allowed`,
  );
}

describe(`whatever bytes come (seed ${seed})`, () => {
  for (const [name, parser] of Object.entries(parsers)) {
    it(`${name}: takes its examples`, async () => {
      for (const example of parser.examples) await judge(parser, example);
    });
    it(`${name}: takes them or refuses them, within its memory`, async () => {
      const property = fc.asyncProperty(inputs(parser), (input) => judge(parser, input));
      await fc.assert(property, { seed, numRuns: times * (parser.isSlow ? 200 : 2_000) });
    });
  }
});

describe('the measure of memory', () => {
  const mib = 1_048_576;
  const ways: { [way: string]: () => unknown } = {
    'Buffer.alloc': () => Buffer.alloc(mib),
    'Buffer.allocUnsafe': () => Buffer.allocUnsafe(mib),
    'Buffer.allocUnsafeSlow': () => Buffer.allocUnsafeSlow(mib),
    'Buffer.concat': () => Buffer.concat([Buffer.of(1)], mib),
    'new ArrayBuffer': () => new ArrayBuffer(mib),
  };
  for (const [way, make] of Object.entries(ways)) {
    it(`sees what ${way} makes`, async () => {
      const measured = await largestAllocation(() => void make());
      assert.equal(measured.largestBytes, mib);
    });
  }
  it('finds a parser that believes a length', async () => {
    const gullible: Parser = {
      take: (input) => void Buffer.allocUnsafe(input.readUInt32BE(0)),
      largestBytes: 4_096,
      examples: [],
    };
    await judge(gullible, Buffer.from([0, 0, 16, 0]));
    await assert.rejects(judge(gullible, Buffer.from([0, 0, 16, 1])), /4097 bytes at once/);
  });
});
