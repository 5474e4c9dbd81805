import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fail, type SallyportError } from '@sallyport/protocol/errors';
import { makeStreamId } from '@sallyport/protocol/grant';
import { ResumableStream } from '@sallyport/protocol/stream';
import {
  type FakeClock,
  fakeClock,
  type StreamPair,
  seededRandom,
  streamPair,
} from '@sallyport/protocol/testing';
import { finalError, keepConnected } from './reconnect.ts';

const hour = 3_600_000;

function quietPair(): StreamPair {
  const pair = streamPair();
  pair.b.on('error', () => {}).resume();
  return pair;
}

type World = {
  clock: FakeClock;
  stream: ResumableStream;
  lose: () => void;
  tries: number[];
  givenUp: SallyportError[];
  hurry: () => void;
  /** What the next tries come to; then they work. */
  outcomes: unknown[];
};

function open(): World {
  const clock = fakeClock();
  const random = seededRandom(3);
  const stream = new ResumableStream({ clock, id: makeStreamId(random) });
  let generation = 0;
  let pair = quietPair();
  const world: World = {
    clock,
    stream,
    lose: () => pair.cut(),
    tries: [],
    givenUp: [],
    outcomes: [],
    hurry: () => {},
  };
  const { hurry } = keepConnected({
    stream,
    clock,
    random,
    endsAtBootMs: clock.bootMs() + hour,
    onGivenUp: (error) => {
      world.givenUp.push(error);
      stream.endDeliberately(error.code);
    },
    resume: async (signal) => {
      world.tries.push(clock.monotonicMs());
      const outcome = world.outcomes.shift();
      if (outcome === 'never') {
        await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      }
      if (outcome) throw outcome;
      pair = quietPair();
      generation += 1;
      stream.attach(pair.a, { generation, peerReceived: 0 });
    },
  });
  stream.attach(pair.a, { generation, peerReceived: 0 });
  world.hurry = hurry;
  return world;
}

describe('the loop that keeps a session connected', () => {
  it('tries at once when the connection is lost', async () => {
    const { clock, stream, lose, tries } = open();
    const lostAt = clock.monotonicMs();
    lose();
    await clock.advance(0);
    assert.deepEqual(tries, [lostAt]);
    assert.equal(stream.state, 'live');
    stream.destroy();
  });
  it('tries again after ever longer waits while the relay or the device is away', async () => {
    const world = open();
    world.outcomes.push(...Array.from({ length: 12 }, () => fail('device-away')));
    world.lose();
    await world.clock.advance(0);
    while (world.stream.state === 'suspended') await world.clock.advance(1_000);
    assert.equal(world.tries.length, 13);
    const waits = world.tries.slice(1).map((at, n) => at - (world.tries[n] ?? 0));
    assert.ok(Math.max(...waits) <= 30_000 && Math.max(...waits) > 10_000);
    world.stream.destroy();
  });
  it('does so for every gap anew', async () => {
    const world = open();
    for (let gaps = 0; gaps < 5; gaps += 1) {
      world.lose();
      await world.clock.advance(0);
      assert.equal(world.stream.state, 'live');
    }
    assert.equal(world.tries.length, 5);
    world.stream.destroy();
  });
  it('does not wait when it is hurried, and begins with short waits again', async () => {
    const world = open();
    world.outcomes.push(...Array.from({ length: 30 }, () => fail('device-away')));
    world.lose();
    await world.clock.advance(0);
    while (world.tries.length < 12) await world.clock.advance(1_000);
    const hurriedAt = world.clock.monotonicMs();
    world.hurry();
    await world.clock.advance(1_000);
    const after = world.tries.slice(12).map((at) => at - hurriedAt);
    assert.equal(after[0], 0);
    assert.ok(after.length >= 3, `tried at ${after}`);
    world.stream.destroy();
  });
  it('gives up a try that takes too long', async () => {
    const world = open();
    world.outcomes.push('never');
    world.lose();
    await world.clock.advance(45_000);
    assert.equal(world.tries.length, 2);
    assert.equal(world.stream.state, 'live');
    world.stream.destroy();
  });
  for (const code of [
    'cut-off',
    'stream-unknown',
    'identity-revoked',
    'grant-ended',
    'grant-not-found',
  ] as const) {
    it(`ends for good when the answer is ${code}`, async () => {
      const world = open();
      world.outcomes.push(fail(code));
      world.lose();
      await world.clock.advance(60_000);
      assert.deepEqual(
        [world.tries.length, world.givenUp.map((error) => error.code), world.stream.state],
        [1, [code], 'ended'],
      );
    });
  }
  it('goes on through what a bad network answers in the relay’s place', () => {
    assert.equal(finalError(fail('relay-not-ours'), false), undefined);
    assert.equal(finalError(fail('message-malformed'), false), undefined);
    assert.equal(finalError(new Error('a bug'), false), undefined);
  });
  it('ends when the grant is over and nobody can be reached', async () => {
    const world = open();
    world.outcomes.push(...Array.from({ length: 10_000 }, () => fail('relay-refused')));
    world.lose();
    await world.clock.advance(hour + 60_000);
    assert.deepEqual(
      world.givenUp.map((error) => error.code),
      ['grant-ended'],
    );
  });
  it('stops when the session is ended here, and leaves no timer', async () => {
    const world = open();
    world.outcomes.push(...Array.from({ length: 100 }, () => fail('relay-refused')));
    world.lose();
    await world.clock.advance(1_000);
    world.stream.endDeliberately('session-closed');
    await world.clock.advance(0);
    const { length } = world.tries;
    await world.clock.advance(600_000);
    assert.equal(world.tries.length, length);
    assert.equal(world.clock.pending(), 0);
  });
});
