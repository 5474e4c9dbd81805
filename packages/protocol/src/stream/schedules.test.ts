import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type Side, settle } from '../testing/index.ts';
import { TwoStreams } from './testStreams.ts';

/** What can happen to two ends and their connection, in one step. */
type Step =
  | { do: 'write'; side: Side; bytes: number }
  | { do: 'join'; maxChunk: number; delayMs: number; capacityBytes: number }
  | { do: 'cut'; aware: Side | undefined }
  | { do: 'cut after'; bytes: number; side: Side }
  | { do: 'stall'; side: Side; on: boolean }
  | { do: 'stop reading' | 'read' | 'end'; side: Side }
  | { do: 'wait'; ms: number };

const side = fc.constantFrom<Side>('a', 'b');

const steps = (largestWrite: number, largestChunk: number): fc.Arbitrary<Step[]> => {
  const bytes = fc.oneof(
    fc.constant(0),
    fc.integer({ min: 1, max: 40 }),
    fc.integer({ min: 1, max: largestWrite }),
  );
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.record({ do: fc.constant('write' as const), side, bytes }) },
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant('join' as const),
        maxChunk: fc.integer({ min: 1, max: largestChunk }),
        delayMs: fc.constantFrom(0, 0, 0, 1, 30, 400),
        capacityBytes: fc.constantFrom(1, 100, 64 * 1024),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant('cut' as const),
        aware: fc.constantFrom(undefined, 'a' as const, 'b' as const),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant('cut after' as const),
        side,
        bytes: fc.integer({ min: 0, max: largestWrite }),
      }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('stall' as const), side, on: fc.boolean() }) },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constantFrom('stop reading' as const, 'read' as const), side }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('end' as const), side }) },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant('wait' as const),
        ms: fc.constantFrom(0, 1, 49, 60, 500, 11_000, 30_000),
      }),
    },
  );
  return fc.array(step, { minLength: 1, maxLength: 24 });
};

const isOver = ({ a, b }: TwoStreams): boolean => a.stream.state === 'ended' || b.stream.state === 'ended';

async function take(streams: TwoStreams, step: Step): Promise<void> {
  if (streams.generation === 0) streams.join();
  switch (step.do) {
    case 'write':
      if (!streams[step.side].stream.writableEnded) streams[step.side].write(step.bytes);
      break;
    case 'join':
      if (!isOver(streams)) streams.join(step);
      break;
    case 'cut':
      streams.pair.cut(step.aware);
      break;
    case 'cut after':
      streams.pair.cutAfter(step.bytes, step.side);
      break;
    case 'stall':
      streams.pair.stall(step.side, step.on);
      break;
    case 'read':
      streams[step.side].readAll();
      break;
    case 'stop reading':
      streams[step.side].stream.pause();
      break;
    case 'end':
      if (!streams[step.side].stream.writableEnded) streams[step.side].stream.end();
      break;
    case 'wait':
      await streams.clock.advance(step.ms);
      break;
  }
  await settle(2);
}

/** Both halves are ended and both ends read; connections are replaced until everything has come through. */
async function heal(streams: TwoStreams): Promise<void> {
  const { a, b, clock } = streams;
  for (const end of [a, b]) {
    if (!end.stream.writableEnded) end.stream.end();
    end.readAll();
  }
  for (let attempt = 0; attempt < 3; attempt += 1) {
    if (isOver(streams)) break;
    streams.join();
    for (let turn = 0; turn < 100 && !isOver(streams); turn += 1) await clock.advance(60);
  }
  await settle();
}

/** What went in came out, once, in order, and nothing is left behind. */
async function assertWhole({ a, b, clock }: TwoStreams): Promise<void> {
  assert.equal(b.read.length, a.written, 'bytes from a to b');
  assert.equal(a.read.length, b.written, 'bytes from b to a');
  assert.ok(a.sawEnd && b.sawEnd, 'both saw the end of the other half');
  for (const end of [a, b]) {
    assert.ok(!end.events.includes('error'));
    // When the very last acknowledgement was cut off, one end cannot know yet that all is done.
    if (end.stream.state !== 'ended') end.stream.destroy();
    assert.notEqual(end.end?.by, 'broken');
  }
  await clock.advance(6000);
  assert.ok(a.stream.destroyed && b.stream.destroyed);
  assert.equal(clock.pending(), 0, 'no timer is left');
}

const runs: readonly {
  what: string;
  seed: number;
  numRuns: number;
  largestWrite: number;
  largestChunk: number;
  maxReplayBytes: number;
}[] = [
  {
    what: 'small writes, chopped at any byte',
    seed: 3100,
    numRuns: 2500,
    largestWrite: 300,
    largestChunk: 12,
    maxReplayBytes: 1 << 24,
  },
  {
    what: 'writes of several frames',
    seed: 3200,
    numRuns: 400,
    largestWrite: 400_000,
    largestChunk: 60_000,
    maxReplayBytes: 1 << 24,
  },
  {
    what: 'a replay buffer that is full all the time',
    seed: 3300,
    numRuns: 800,
    largestWrite: 5_000,
    largestChunk: 900,
    maxReplayBytes: 1_000,
  },
];

describe('under any schedule of writes, cuts, stalls, delays and ends, what went in comes out, once, in order:', () => {
  for (const { what, seed, numRuns, largestWrite, largestChunk, maxReplayBytes } of runs) {
    it(`${what} (${numRuns} schedules, seed ${seed})`, async () => {
      await fc.assert(
        fc.asyncProperty(steps(largestWrite, largestChunk), async (schedule) => {
          const streams = new TwoStreams({ maxReplayBytes });
          for (const step of schedule) await take(streams, step);
          await heal(streams);
          await assertWhole(streams);
        }),
        { seed, numRuns },
      );
    });
  }
});
