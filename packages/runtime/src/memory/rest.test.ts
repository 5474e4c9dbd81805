import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fakeClock } from '@sallyport/protocol/testing';
import { restWith } from './rest.ts';

describe('a process with nothing to do', () => {
  it('gives memory back once, after ten quiet seconds, and again when there was work', async () => {
    const clock = fakeClock();
    let busy = 3_000; // So much it took to start.
    let collections = 0;
    const stop = restWith(
      clock,
      () => busy,
      (options) => {
        assert.deepEqual(options, { type: 'major', execution: 'sync', flavor: 'last-resort' });
        collections += 1;
        busy += 50;
      },
    );
    busy += 2_000;
    await clock.advance(10_000);
    assert.equal(collections, 0, 'it was at work');
    busy += 20;
    await clock.advance(10_000);
    assert.equal(collections, 1);
    for (let look = 0; look < 20; look += 1) {
      busy += 20;
      await clock.advance(10_000);
    }
    assert.equal(collections, 1, 'what little it does at rest is worth no collection');
    busy += 4_000;
    await clock.advance(10_000);
    assert.equal(collections, 1);
    await clock.advance(10_000);
    assert.equal(collections, 2);
    stop();
    busy += 4_000;
    await clock.advance(60_000);
    assert.equal(collections, 2, 'and is left alone when it has stopped');
    assert.equal(clock.pending(), 0);
  });
});
