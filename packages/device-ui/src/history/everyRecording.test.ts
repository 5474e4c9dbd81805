import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { everyRecording, type RecordingsPage } from './everyRecording.ts';

/** A device with so many recordings, and how often it was asked. */
function device(count: number) {
  const ids = Array.from({ length: count }, (_, at) => ({ id: String(count - at).padStart(6, '0') }));
  const asked: RecordingsPage[] = [];
  const ask = async (page: RecordingsPage) => {
    asked.push(page);
    return ids.filter(({ id }) => page.before === undefined || id < page.before).slice(0, page.limit);
  };
  return { ids, asked, ask };
}

describe('the recordings of a grant', () => {
  for (const [count, asks] of [
    [0, 1],
    [199, 1],
    [200, 2],
    [450, 3],
  ] as const) {
    it(`are all there where they are ${count}`, async () => {
      const { ids, asked, ask } = device(count);
      assert.deepEqual(await everyRecording(ask), ids);
      assert.equal(asked.length, asks);
    });
  }

  it('end at 5,000, the newest', async () => {
    const { ids, ask } = device(5_001);
    assert.deepEqual(await everyRecording(ask), ids.slice(0, 5_000));
  });
});
