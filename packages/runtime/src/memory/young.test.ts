import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { makeYoungCollector } from './index.ts';

describe('the collection of young objects', () => {
  it('is asked for once for so many bytes, in a later turn', async () => {
    const asked: unknown[] = [];
    const passed = makeYoungCollector((options) => asked.push(options), 1_000);
    passed(999);
    await turn();
    assert.deepEqual(asked, []);
    passed(1);
    passed(5_000);
    assert.deepEqual(asked, [], 'not while the bytes are in use');
    await turn();
    assert.deepEqual(asked, [{ type: 'minor' }]);
    passed(999);
    await turn();
    assert.equal(asked.length, 1, 'what passed before the collection does not count again');
    passed(1);
    await turn();
    assert.equal(asked.length, 2);
  });

  it('spares V8 the collections of everything that buffers would cause', () => {
    const majors = (mode: string): number =>
      Number(
        execFileSync(process.execPath, [
          '--expose-gc',
          '--disable-warning=ExperimentalWarning',
          join(import.meta.dirname, 'testTraffic.ts'),
          mode,
        ]),
      );
    const without = majors('without');
    assert.ok(without > 10, `${without} collections of everything without it`);
    assert.ok(majors('with') < without / 5);
  });
});
