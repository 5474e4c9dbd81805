import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { makeGrantId } from '@sallyport/protocol/grant';
import { fakeClock, seededRandom } from '@sallyport/protocol/testing';
import { spliceIdleMs, splicesPerGrant } from '../limits.ts';
import { LiveSessions, type SessionEnd } from './live.ts';

function setUp() {
  const clock = fakeClock();
  const live = new LiveSessions(clock);
  const grant = makeGrantId(seededRandom(3));
  const ends: SessionEnd[] = [];
  const add = (representative = 'erin') => {
    let finish = (): void => {};
    const bytes = { fromRepresentative: 0, fromDevice: 0 };
    const ended = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const splice = { bytes: () => ({ ...bytes }), cut: () => finish(), ended };
    live.add({ grant, device: 'd1', representative, splice }, (end) => ends.push(end));
    return { bytes, finish: () => finish() };
  };
  return { clock, live, grant, ends, add };
}

describe('live sessions', () => {
  it('are absent once they ended, and tell their bytes', async () => {
    const { live, ends, add, clock } = setUp();
    const one = add();
    one.bytes.fromDevice = 7;
    one.finish();
    await live.whenEmpty();
    assert.equal(live.size, 0);
    assert.deepEqual(ends, [{ bytes: { fromRepresentative: 0, fromDevice: 7 }, cut: undefined }]);
    assert.equal(clock.pending(), 0);
  });

  it('are cut by whom they concern only, and say why', async () => {
    const { live, ends, add } = setUp();
    add('erin');
    add('mallory');
    live.cut('revoked', ({ representative }) => representative === 'mallory');
    await Promise.resolve();
    assert.equal(live.size, 1);
    assert.deepEqual(
      ends.map(({ cut }) => cut),
      ['revoked'],
    );
  });

  it(`are ${splicesPerGrant} a grant at most`, () => {
    const { live, grant, add } = setUp();
    for (let count = 0; count < splicesPerGrant; count++) {
      assert.ok(live.hasRoom(grant));
      add();
    }
    assert.equal(live.hasRoom(grant), false);
  });

  it('are cut when no byte moves for a quarter of an hour, and only then', async () => {
    const { live, ends, add, clock } = setUp();
    const busy = add();
    add();
    for (let passed = 0; passed < spliceIdleMs * 1.2; passed += spliceIdleMs / 10) {
      busy.bytes.fromDevice += 1;
      await clock.advance(spliceIdleMs / 10);
    }
    assert.deepEqual(
      ends.map(({ cut }) => cut),
      ['idle'],
    );
    assert.equal(live.size, 1);
  });
});
