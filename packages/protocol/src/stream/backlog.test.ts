import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PatternCheck, patternAt } from '../testing/index.ts';
import { Backlog } from './backlog.ts';

/** Adds the pattern in pieces of these lengths, each a part of a chunk `slack` bytes longer than it. */
function filled(lengths: readonly number[], slack: number): Backlog {
  const backlog = new Backlog();
  let at = 0;
  for (const length of lengths) {
    const chunk = Buffer.allocUnsafeSlow(length + slack);
    patternAt(at, length).copy(chunk, slack);
    backlog.add(chunk.subarray(slack));
    at += length;
  }
  return backlog;
}

/** Takes everything, checks it, and says how many pieces and how much memory it was. */
function drain(backlog: Backlog): { bytes: number; pieces: number; memory: number } {
  const check = new PatternCheck();
  const memory = new Set<ArrayBufferLike>();
  let pieces = 0;
  for (let piece = backlog.take(); piece; piece = backlog.take()) {
    check.add(piece);
    memory.add(piece.buffer);
    pieces += 1;
  }
  assert.equal(backlog.length, 0);
  return {
    bytes: check.length,
    pieces,
    memory: [...memory].reduce((sum, { byteLength }) => sum + byteLength, 0),
  };
}

describe('the backlog', () => {
  it('gives back everything in order, whatever the pieces were', () => {
    const lengths = [1, 5000, 70_000, 3, 3, 4096, 4095, 200_000, 1];
    const sum = lengths.reduce((total, length) => total + length, 0);
    for (const slack of [0, 4, 300_000]) {
      const backlog = filled(lengths, slack);
      assert.equal(backlog.length, sum);
      assert.equal(drain(backlog).bytes, sum);
    }
  });

  it('goes on after a part was taken', () => {
    const backlog = filled([10, 20], 0);
    assert.equal(backlog.take()?.length, 30);
    backlog.add(patternAt(0, 7));
    assert.deepEqual(drain(backlog), { bytes: 7, pieces: 1, memory: drain(filled([7], 0)).memory });
  });

  it('keeps a large piece as it is', () => {
    const chunk = Buffer.allocUnsafeSlow(16 * 1024);
    const backlog = new Backlog();
    backlog.add(chunk.subarray(4));
    assert.equal(backlog.take()?.buffer, chunk.buffer);
  });

  it('costs about twice the bytes at most, for the worst pieces', () => {
    const worst = {
      'one byte each': { lengths: Array<number>(100_000).fill(1), slack: 0 },
      'small parts of large chunks': { lengths: Array<number>(100).fill(5000), slack: 60_000 },
      'large and small by turns': {
        lengths: Array.from({ length: 200 }, (_, i) => (i % 2 ? 1 : 4096)),
        slack: 0,
      },
    };
    for (const [what, { lengths, slack }] of Object.entries(worst)) {
      const { bytes, pieces, memory } = drain(filled(lengths, slack));
      assert.ok(memory <= 2 * bytes + 128 * 1024, `${what}: ${memory} bytes of memory for ${bytes}`);
      assert.ok(pieces <= 2 + bytes / 2000, `${what}: ${pieces} pieces for ${bytes} bytes`);
    }
  });

  it('forgets everything when it is cleared', () => {
    const backlog = filled([10, 5000], 0);
    backlog.clear();
    assert.equal(backlog.take(), undefined);
    backlog.add(patternAt(0, 3));
    assert.equal(drain(backlog).bytes, 3);
  });
});
