import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { settle } from '../testing/index.ts';
import { joined, TwoStreams } from './testStreams.ts';

const second = 1000;

describe('liveness', () => {
  it('keeps an idle connection for hours', async () => {
    const { a, b, clock } = joined({ delayMs: 40 });
    await clock.advance(4 * 60 * 60 * second);
    assert.deepEqual(a.events, ['live']);
    assert.deepEqual(b.events, ['live']);
  });

  it('pings after 10 s of silence, not before', async () => {
    const streams = joined();
    await streams.clock.advance(second);
    const written = streams.pair.written('a');
    await streams.clock.advance(8.9 * second);
    assert.equal(streams.pair.written('a'), written);
    await streams.clock.advance(0.2 * second);
    assert.ok(streams.pair.written('a') > written);
  });

  it('gives a connection up after 20 s of silence, not before', async () => {
    const streams = joined();
    const { a, clock } = streams;
    await clock.advance(5 * second);
    streams.pair.stall('b', true);
    streams.pair.stall('a', true);
    // The last that was heard is the exchange at the beginning.
    await clock.advance(14.9 * second);
    assert.equal(a.stream.state, 'live');
    await clock.advance(0.2 * second);
    assert.equal(a.stream.state, 'suspended');
    assert.equal(streams.pair.a.destroyed, true);
  });

  it('tells that it was silence', async () => {
    const streams = joined();
    let cause: unknown;
    streams.a.stream.on('suspended', (error) => {
      cause = error;
    });
    streams.pair.stall('b', true);
    await streams.clock.advance(25 * second);
    assert.equal((cause as { code?: string }).code, 'timed-out');
  });

  it('finds out, on the side that is unaware, that the connection was cut', async () => {
    const streams = joined();
    streams.pair.cut('a');
    await streams.clock.advance(20 * second);
    assert.deepEqual(streams.b.events, ['live', 'suspended']);
  });

  it('hears a side that only sends', async () => {
    const streams = joined();
    for (let i = 0; i < 20; i += 1) {
      streams.b.write(10);
      await streams.clock.advance(5 * second);
    }
    assert.equal(streams.a.stream.state, 'live');
    assert.equal(streams.a.read.length, 200);
  });

  it('does not take a machine that slept for a dead connection', async () => {
    const streams = joined();
    streams.clock.sleep(60 * 60 * second);
    await streams.clock.advance(60 * second);
    assert.deepEqual(streams.a.events, ['live']);
  });

  it('does not take a reader that has stopped for dead', async () => {
    const streams = new TwoStreams();
    streams.join();
    streams.a.write(40 * 1024 * 1024);
    await settle(500);
    await streams.clock.advance(10 * 60 * second);
    assert.deepEqual(streams.a.events, ['live']);
    assert.deepEqual(streams.b.events, ['live']);
  });

  it('gives a connection that is doubted four seconds to answer', async () => {
    const streams = joined({ delayMs: 200 });
    const { a, clock } = streams;
    await clock.advance(3 * second);
    a.stream.doubt();
    await clock.advance(60 * second);
    assert.deepEqual(a.events, ['live'], 'it answered');
    streams.pair.stall('b', true);
    a.stream.doubt();
    await clock.advance(3.9 * second);
    assert.equal(a.stream.state, 'live');
    await clock.advance(0.2 * second);
    assert.equal(a.stream.state, 'suspended');
    a.stream.doubt();
    await clock.advance(60 * second);
    assert.deepEqual(a.events, ['live', 'suspended'], 'there is nothing to doubt');
  });

  it('is not kept alive by being doubted again and again', async () => {
    const streams = joined();
    await streams.clock.advance(second);
    streams.pair.stall('b', true);
    for (let doubts = 0; doubts < 5; doubts += 1) {
      streams.a.stream.doubt();
      await streams.clock.advance(second);
    }
    assert.equal(streams.a.stream.state, 'suspended');
  });

  it('begins anew with each connection', async () => {
    const streams = joined();
    await streams.clock.advance(9 * second);
    streams.pair.cut();
    await settle();
    await streams.clock.advance(60 * 60 * second);
    streams.join();
    await streams.clock.advance(15 * second);
    assert.equal(streams.a.stream.state, 'live');
  });
});
