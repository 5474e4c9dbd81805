import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { makeStreamId } from '../grant/index.ts';
import { fakeClock, seededRandom, settle, streamPair } from '../testing/index.ts';
import { ResumableStream } from './index.ts';
import { joined, TwoStreams } from './testStreams.ts';

describe('a resumable stream', () => {
  it('carries bytes both ways', async () => {
    const { a, b } = joined({ maxChunk: 5000 });
    a.write(300_000);
    b.write(100_000);
    await settle(400);
    assert.equal(b.read.length, 300_000);
    assert.equal(a.read.length, 100_000);
  });

  it('tells of all bytes that go over its connections, each way and on each end', async () => {
    let passed = 0;
    const { a } = joined({ passed: (bytes) => (passed += bytes) });
    await settle(400);
    const before = passed;
    a.write(300_000);
    await settle(400);
    assert.ok(passed - before > 600_000, 'once where they are written, once where they are read');
    assert.ok(passed - before < 610_000, 'and what frames and acknowledgements cost');
  });

  it('is suspended before its first connection, and takes writes', async () => {
    const streams = new TwoStreams();
    assert.equal(streams.a.stream.state, 'suspended');
    assert.equal(streams.a.stream.generation, -1);
    streams.a.write(1000);
    streams.b.readAll();
    streams.join();
    assert.equal(streams.a.stream.state, 'live');
    await settle();
    assert.equal(streams.b.read.length, 1000);
  });

  it('is suspended when the connection breaks, without an error, and goes on over the next', async () => {
    const streams = joined();
    const { a, b } = streams;
    a.write(50_000);
    await settle();
    streams.pair.cut();
    await settle();
    assert.deepEqual(a.events, ['live', 'suspended']);
    assert.equal(a.stream.state, 'suspended');
    a.write(50_000);
    b.write(10);
    streams.join();
    await settle();
    assert.deepEqual(a.events, ['live', 'suspended', 'live']);
    assert.equal(b.read.length, 100_000);
    assert.equal(a.read.length, 10);
  });

  it('tells the cause of a suspension', async () => {
    const streams = joined();
    let cause: unknown;
    streams.a.stream.on('suspended', (error) => {
      cause = error;
    });
    streams.pair.cut();
    await settle();
    assert.equal((cause as { code?: string }).code, 'ECONNRESET');
  });

  it('sends again what the writer believed was sent', async () => {
    const streams = joined();
    streams.pair.cutAfter(1000, 'a');
    streams.a.write(40_000);
    await settle();
    assert.equal(streams.a.stream.state, 'suspended');
    assert.ok(streams.b.read.length < 40_000);
    streams.join();
    await settle();
    assert.equal(streams.b.read.length, 40_000);
  });

  it('goes on when only one side has noticed the cut', async () => {
    const streams = joined();
    const { a, b } = streams;
    streams.pair.cut('a');
    b.write(70_000);
    a.write(1000);
    await settle();
    assert.equal(a.stream.state, 'suspended');
    assert.equal(b.stream.state, 'live');
    streams.join();
    await settle();
    assert.equal(a.read.length, 70_000);
    assert.equal(b.read.length, 1000);
  });

  it('survives three cuts in a row while nothing gets through', async () => {
    const streams = joined();
    streams.a.write(20_000);
    for (let i = 0; i < 3; i += 1) {
      const pair = streams.join();
      pair.cut();
      await settle(1);
    }
    streams.join();
    await settle();
    assert.equal(streams.b.read.length, 20_000);
    assert.equal(streams.generation, 5);
  });

  it('drops what was repeated although it had arrived', async () => {
    // The other side told what it had, and then received more over the old connection, before that was closed.
    const clock = fakeClock();
    const streams = new TwoStreams();
    const { a, b } = streams;
    b.readAll();
    streams.join();
    await settle();
    const told = b.stream.received;
    a.write(30_000);
    await settle();
    assert.equal(b.stream.received, 30_000);
    const pair = streamPair({ clock });
    a.stream.attach(pair.a, { generation: 2, peerReceived: told });
    b.stream.attach(pair.b, { generation: 2, peerReceived: 0 });
    a.write(500);
    await settle();
    assert.equal(b.read.length, 30_500);
  });

  it('closes the older connection when a newer generation is attached', async () => {
    const streams = joined();
    const older = streams.pair;
    const newer = streamPair();
    streams.a.stream.attach(newer.a, { generation: 2, peerReceived: 0 });
    await settle();
    assert.equal(older.a.destroyed, true);
    assert.equal(streams.a.stream.generation, 2);
    assert.deepEqual(streams.a.events, ['live', 'live']);
  });

  it('sends nothing over the older connection once a newer one is attached, in the same turn too', async () => {
    const streams = joined();
    const { a, b, clock } = streams;
    await settle();
    const newer = streamPair({ clock });
    // When the microtask runs, the acknowledgement of what was read is still owed to the older connection.
    b.stream.once('data', () =>
      queueMicrotask(() => {
        b.write(10);
        b.stream.attach(newer.b, { generation: 2, peerReceived: 0 });
        a.stream.attach(newer.a, { generation: 2, peerReceived: b.stream.received });
      }),
    );
    a.write(100_000);
    await settle(20);
    assert.equal(a.read.length, 10);
    assert.equal(b.read.length, 100_000);
  });

  it('refuses a generation that is not above the last, and stays as it was', async () => {
    const streams = joined();
    const late = streamPair();
    for (const generation of [0, 1]) {
      assert.throws(() => streams.a.stream.attach(late.a, { generation, peerReceived: 0 }), {
        code: 'stream-superseded',
      });
    }
    assert.equal(late.a.destroyed, false);
    streams.a.write(10);
    await settle();
    assert.equal(streams.b.read.length, 10);
    assert.equal(streams.a.stream.state, 'live');
  });

  it('is suspended by a connection that was closed before it was attached', async () => {
    const stream = new ResumableStream({ clock: fakeClock(), id: makeStreamId(seededRandom(1)) });
    const pair = streamPair();
    pair.a.destroy();
    await settle();
    stream.attach(pair.a, { generation: 1, peerReceived: 0 });
    await settle();
    assert.equal(stream.state, 'suspended');
  });

  it('reads the bytes that came together with the hello and were put back', async () => {
    const streams = new TwoStreams();
    const { a, b, clock } = streams;
    const pair = streamPair({ clock });
    a.write(100);
    a.stream.attach(pair.a, { generation: 1, peerReceived: 0 });
    const early = await new Promise<Buffer>((resolve) => pair.b.once('data', resolve));
    pair.b.pause();
    pair.b.unshift(early);
    b.readAll();
    b.stream.attach(pair.b, { generation: 1, peerReceived: 0 });
    await settle();
    assert.equal(b.read.length, 100);
  });

  it('counts what it sent, received and holds, and the round trip', async () => {
    const streams = new TwoStreams();
    const { a, b, clock } = streams;
    b.readAll();
    streams.join({ delayMs: 30 });
    await clock.advance(70);
    a.write(1000);
    await clock.advance(40);
    assert.equal(a.stream.stats().sentBytes, 1000);
    assert.ok(a.stream.stats().replayBytes >= 1000);
    assert.equal(b.stream.stats().receivedBytes, 1000);
    assert.equal(a.stream.stats().roundTripMs, 60);
    await clock.advance(100);
    assert.equal(a.stream.stats().replayBytes, 0);
  });

  it('leaves no timer behind', async () => {
    const streams = joined();
    streams.a.write(1000);
    await settle();
    streams.a.stream.destroy();
    await settle();
    assert.equal(streams.b.stream.destroyed, true);
    assert.equal(streams.clock.pending(), 0);
  });
});

describe('acknowledgements', () => {
  it('come after 64 KiB at once', async () => {
    const { a, b } = joined();
    a.write(64 * 1024);
    await settle();
    assert.equal(b.read.length, 64 * 1024);
    assert.equal(a.stream.stats().replayBytes, 0);
  });

  it('come after 50 ms for less', async () => {
    const { a, clock } = joined();
    a.write(10);
    await clock.advance(49);
    assert.ok(a.stream.stats().replayBytes > 0);
    await clock.advance(2);
    assert.equal(a.stream.stats().replayBytes, 0);
  });
});
