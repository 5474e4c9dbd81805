import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { silentLog } from '@sallyport/protocol/environment';
import type { GrantId, StreamId } from '@sallyport/protocol/grant';
import { makeRecordingId } from '@sallyport/protocol/recording';
import { fakeClock } from '@sallyport/protocol/testing';
import { headsAtOnce, type ToRelay } from '@sallyport/protocol/tunnel';
import { RecordingHeads } from './heads.ts';
import type { RecordingState } from './subject.ts';

type Heads = Extract<ToRelay, { type: 'heads' }>;
const [first, second] = ['a', 'b'].map((letter) => letter.repeat(32) as GrantId) as [GrantId, GrantId];

/** A recording that was sealed so often. */
const state = (count: number, seal: number, change: Partial<RecordingState> = {}): RecordingState => ({
  id: makeRecordingId(count, change.grant ?? first),
  grant: first,
  session: 'c'.repeat(32) as StreamId,
  seal,
  lines: seal * 10,
  bytes: seal * 1_000,
  sha256: 'd'.repeat(64),
  end: false,
  ...change,
});

function scene() {
  const clock = fakeClock();
  const sent: Heads[] = [];
  let running: RecordingState[] = [];
  let up = true;
  let ended: (state: RecordingState) => void = () => {};
  const heads = new RecordingHeads({
    recordings: {
      running: () => running,
      sealAll() {},
      onEnded(listener) {
        ended = listener;
      },
    },
    clock,
    log: silentLog,
    send(message) {
      if (up) sent.push(message);
      return up;
    },
  });
  heads.start();
  return {
    clock,
    heads,
    sent,
    end: (one: RecordingState) => ended({ ...one, end: true }),
    set(change: { running?: RecordingState[]; up?: boolean }): void {
      running = change.running ?? running;
      up = change.up ?? up;
    },
    /** What was told since the last time: which recording, and which seal of it. */
    told: () =>
      sent
        .splice(0)
        .map(({ recordings }) =>
          recordings.map(({ recording, seal }) => [Number(recording.slice(0, 8)), seal]),
        ),
  };
}

describe('how far recordings are sealed', () => {
  it('is told every minute where it has changed, and half a second after one has ended', async () => {
    const { clock, heads, sent, told, set, end } = scene();
    set({ running: [state(1, 1)] });
    await clock.advance(60_000);
    const [{ id = 0 } = {}] = sent;
    assert.deepEqual(told(), [[[1, 1]]]);
    heads.noted(id);
    await clock.advance(60_000);
    assert.deepEqual(told(), []);
    set({ running: [] });
    end(state(1, 2));
    end(state(2, 1));
    await clock.advance(499);
    assert.deepEqual(told(), []);
    await clock.advance(1);
    assert.deepEqual(told(), [
      [
        [1, 2],
        [2, 1],
      ],
    ]);
  });

  it('is told again to the next tunnel when the relay did not say that it stored it, one message at a time', async () => {
    const { clock, heads, sent, told, set, end } = scene();
    set({ up: false });
    for (let count = 1; count <= headsAtOnce + 1; count += 1) end(state(count, 1));
    end(state(100, 1, { grant: second }));
    await clock.advance(60_000);
    assert.deepEqual(told(), []);
    set({ up: true });
    heads.connected();
    heads.connected();
    assert.deepEqual(
      sent.map(({ recordings }) => recordings.length),
      [headsAtOnce, headsAtOnce],
    );
    heads.noted(sent.at(0)?.id ?? 0);
    assert.equal(sent.length, 2, 'that was an answer to a tunnel before');
    heads.noted(sent.at(1)?.id ?? 0);
    heads.noted(sent.at(2)?.id ?? 0);
    heads.noted(sent.at(3)?.id ?? 0);
    assert.deepEqual(told().slice(2), [[[headsAtOnce + 1, 1]], [[100, 1]]]);
  });

  it('is told before the tunnel is closed, and nothing after that', async () => {
    const { clock, heads, told, set, end } = scene();
    set({ running: [state(1, 3)] });
    end(state(2, 1));
    heads.last();
    assert.deepEqual(told(), [
      [
        [2, 1],
        [1, 3],
      ],
    ]);
    heads.stop();
    end(state(3, 1));
    await clock.advance(120_000);
    assert.deepEqual(told(), []);
    assert.equal(clock.pending(), 0);
  });
});
