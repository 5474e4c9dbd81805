import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  type CommandFrame,
  CommandFrameReader,
  commandBytes,
  commandHeader,
  commandJsonCap,
  encodeCommandExit,
  encodeCommandStart,
} from './index.ts';

type Told = readonly [type: string, content: unknown];

function readAll(chunks: readonly Buffer[], takes: readonly CommandFrame[]): Told[] {
  const told: [string, unknown][] = [];
  const reader = new CommandFrameReader(takes, {
    onBytes: (type, piece) => {
      const last = told.at(-1);
      // Pieces of one stream are one: where they were cut means nothing.
      if (last?.[0] === type) last[1] = `${last[1]}${piece.toString('latin1')}`;
      else told.push([type, piece.toString('latin1')]);
    },
    onJson: (type, content) => told.push([type, content]),
  });
  for (const chunk of chunks) reader.read(chunk);
  return told;
}
const fromDevice = ['output', 'errors', 'exit'] as const;

describe('the frames of a command', () => {
  it('say the same however they are cut', () => {
    const seed = 24_11;
    console.log(`seed ${seed}`);
    const frames = Buffer.concat([
      ...commandBytes('output', Buffer.from('one ')),
      ...commandBytes('output', Buffer.from('two')),
      ...commandBytes('errors', Buffer.from('three')),
      ...commandBytes('output', Buffer.alloc(70_000, 'x')),
      encodeCommandExit({ code: 7 }),
    ]);
    const whole = readAll([frames], fromDevice);
    assert.deepEqual(whole, [
      ['output', 'one two'],
      ['errors', 'three'],
      ['output', 'x'.repeat(70_000)],
      ['exit', { code: 7 }],
    ]);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 9_000 }), { maxLength: 60 }), (lengths) => {
        const chunks: Buffer[] = [];
        let at = 0;
        for (const length of lengths) {
          chunks.push(frames.subarray(at, at + length));
          at += length;
        }
        chunks.push(frames.subarray(at));
        assert.deepEqual(readAll(chunks, fromDevice), whole);
      }),
      { seed, numRuns: 200 },
    );
  });

  it('are refused of a type that this end does not take', () => {
    assert.throws(() => readAll([encodeCommandStart({ line: 'id' })], fromDevice), {
      code: 'message-malformed',
    });
    assert.throws(() => readAll([Buffer.from([9, 0, 0, 0])], fromDevice), { code: 'message-malformed' });
  });

  it('are refused above the cap of JSON before its bytes are awaited, and taken at the cap', () => {
    const over = commandHeader('start', commandJsonCap + 1);
    assert.throws(() => readAll([over], ['start']), { code: 'message-too-large' });
    const text = Buffer.from(JSON.stringify('x'.repeat(commandJsonCap - 2)));
    assert.equal(readAll([commandHeader('start', text.length), text], ['start']).length, 1);
  });

  it('are refused where JSON is none', () => {
    for (const text of ['', '{"line"']) {
      const bytes = [commandHeader('start', text.length), Buffer.from(text)];
      assert.throws(() => readAll(bytes, ['start']), { code: 'message-malformed' });
    }
  });

  it('are not written with JSON above the cap', () => {
    const environment = Object.fromEntries(
      Array.from({ length: 20 }, (_, n) => [`LC_${n}`, 'x'.repeat(4_000)]),
    );
    assert.throws(() => encodeCommandStart({ line: '', environment }), { code: 'message-too-large' });
  });
});
