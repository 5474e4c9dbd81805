import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, describe, it } from 'node:test';
import { openBench } from '../../bench/bench.ts';
import { openSplice } from '../../bench/sides/splice.ts';
import { megabytesPerSecond } from '../../bench/table.ts';
import { channels } from '../../bench/tools.ts';

const bench = openBench({ quick: true });
after(() => bench.end());

describe('the bench', () => {
  it('carries bytes through Sallyport, nested OpenSSH and a bare splice, and leaves nothing', async () => {
    let folder = '';
    // A part of the row `bulk`, in small: its figures mean nothing, that there are some is the point.
    const [line] = await bench.run({
      name: 'small',
      quick: true,
      run: async (given) => {
        folder = given.folder;
        const { ours, nested, bare } = await channels(
          {
            sides: { ours: await given.sallyport(), nested: await given.openssh() },
            bytes: 2 ** 20,
            repetitions: 1,
            warmUp: false,
            folder,
            bare: { name: 'bare', open: openSplice },
            goals: () => [],
            say: () => {},
          },
          'to',
        );
        const peers = [
          { name: 'nested', values: nested },
          { name: 'bare', values: bare },
        ];
        return [{ what: 'TCP channel', unit: megabytesPerSecond, ours, peers }];
      },
    });
    const values = [line?.ours, ...(line?.peers ?? []).map((peer) => peer.values)];
    assert.deepEqual(
      values.map((each) => each?.length),
      [1, 1, 1],
    );
    await bench.end();
    assert.equal(existsSync(folder), false);
  });
});
