import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Turns } from './turns.ts';

const seed = 20270103;
type Item = { readonly at: number; readonly changes: boolean; readonly steps: number };

describe('turns', () => {
  it('come out as if each request were done before the next, for any mix of looks and changes', async () => {
    const items = fc.array(fc.record({ changes: fc.boolean(), steps: fc.integer({ min: 0, max: 5 }) }), {
      maxLength: 40,
    });
    await fc.assert(
      fc.asyncProperty(items, async (list) => {
        let state = 0;
        let most = 0;
        let running = 0;
        const seen: (number | undefined)[] = [];
        const turns = new Turns<Item>({
          changes: (item) => item.changes,
          joins: () => false,
          mayStart: () => true,
          async run([item]) {
            assert.ok(item);
            most = Math.max(most, ++running);
            const before = state;
            for (let step = 0; step < item.steps; step++) await new Promise(setImmediate);
            assert.equal(state, before, 'nothing changed while it ran');
            if (item.changes) state = before + 1;
            seen[item.at] = before;
            running--;
          },
        });
        for (const [at, item] of list.entries()) turns.push({ ...item, at });
        await turns.idle();
        let expected = 0;
        for (const [at, item] of list.entries()) {
          assert.equal(seen[at], expected);
          if (item.changes) expected++;
        }
        if (list.length > 1 && list.every((item) => !item.changes && item.steps > 0))
          assert.equal(most, list.length, 'looks ran side by side');
      }),
      { seed, numRuns: 200 },
    );
  });

  it('do in one go what joins, and nothing that came after something else', async () => {
    const batches: string[][] = [];
    const turns = new Turns<string>({
      changes: (item) => item.startsWith('w'),
      joins: (batch, next) => batch.at(-1)?.[0] === next[0] && batch.length < 3,
      mayStart: () => true,
      async run(batch) {
        batches.push([...batch]);
      },
    });
    for (const item of ['r1', 'r2', 'w1', 'w2', 'w3', 'w4', 'r3']) turns.push(item);
    await turns.idle();
    assert.deepEqual(batches, [['r1', 'r2'], ['w1', 'w2', 'w3'], ['w4'], ['r3']]);
  });

  it('wait while they may not start, and go on when told to', async () => {
    let room = false;
    const done: number[] = [];
    const turns = new Turns<number>({
      changes: () => false,
      joins: () => false,
      mayStart: () => room,
      async run([item]) {
        done.push(item ?? -1);
      },
    });
    turns.push(1);
    turns.go();
    assert.deepEqual([done, turns.waiting], [[], 1]);
    room = true;
    await turns.idle();
    assert.deepEqual([done, turns.waiting], [[1], 0]);
  });
});
