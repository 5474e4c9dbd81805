import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  countReached,
  figureOf,
  formatTable,
  isReached,
  type Line,
  median,
  megabytesPerSecond,
  milliseconds,
  quantile,
  ratioOf,
  spreadOf,
} from '../../bench/table.ts';
import { inTurns } from '../../bench/turns.ts';

describe('the arithmetic of the bench', () => {
  it('has the value in the middle, or the mean of the two in the middle', () => {
    assert.equal(median([9, 1, 5]), 5);
    assert.equal(median([4, 1, 3, 2]), 2.5);
    assert.throws(() => median([]), /no value/);
  });

  it('takes a percentile between its neighbours', () => {
    const hundred = Array.from({ length: 101 }, (_, index) => 100 - index);
    assert.equal(quantile(hundred, 0.99), 99);
    assert.equal(quantile([1, 2], 0.25), 1.25);
    assert.equal(quantile([7], 0.99), 7);
  });

  it('compares each run with the peer’s run of the same turn, so that a slow spell weighs on both', () => {
    assert.deepEqual(ratioOf([200, 20, 400], [100, 10, 100]), { median: 2, least: 2, most: 4 });
    assert.throws(() => ratioOf([1, 2], [1]), /as many runs/);
    assert.deepEqual(spreadOf([3, 1, 2]), { median: 2, least: 1, most: 3 });
  });

  const line: Line = {
    what: 'TCP channel',
    unit: megabytesPerSecond,
    ours: [300, 310, 320],
    peers: [
      { name: 'one', values: [100, 100, 100] },
      { name: 'other', values: [600, 620, 640] },
    ],
    goals: [{ peer: 'one', atLeast: 2 }, { atMost: 305 }],
  };

  it('holds goals against the ratio to their peer, or against the value', () => {
    assert.equal(figureOf(line, { peer: 'one' }).median, 3.1);
    assert.ok(isReached(line, { peer: 'one', atLeast: 3.1 }));
    assert.ok(!isReached(line, { peer: 'one', atLeast: 3.2 }));
    assert.ok(isReached(line, { atMost: 310 }));
    assert.ok(!isReached(line, { atLeast: 1, atMost: 309 }));
    assert.throws(() => figureOf(line, { peer: 'nobody' }), /was not measured/);
    assert.deepEqual(countReached([line, line]), { reached: 2, all: 4 });
  });

  it('makes a table of it, with a row for each goal and each peer', () => {
    assert.equal(
      formatTable([line, { what: 'echo', unit: milliseconds, ours: [0.25], note: 'p50' }]),
      [
        '| what | Sallyport | beside it | ratio | to reach | reached |',
        '| --- | --- | --- | --- | --- | --- |',
        '| TCP channel | 310 MB/s (300–320) | one 100 MB/s | 3.10 (3.00–3.20) | ≥ 2 | yes |',
        '|  |  |  |  | ≤ 305 MB/s | **no** |',
        '|  |  | other 620 MB/s (600–640) | 0.50 |  |  |',
        '| echo (p50) | 0.25 ms |  |  |  |  |',
      ].join('\n'),
    );
  });
});

describe('runs in turn', () => {
  it('go the other way round every second time, and do not count the first', async () => {
    const order: string[] = [];
    const count = (name: string) => async (): Promise<number> => {
      order.push(name);
      return order.length;
    };
    const values = await inTurns({ a: count('a'), b: count('b') }, 2);
    assert.equal(order.join(''), 'baabba');
    assert.deepEqual(values, { a: [3, 6], b: [4, 5] });
    order.length = 0;
    await inTurns({ a: count('a'), b: count('b') }, 1, false);
    assert.equal(order.join(''), 'ab');
  });
});
