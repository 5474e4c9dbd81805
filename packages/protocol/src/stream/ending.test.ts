import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { settle } from '../testing/index.ts';
import { joined, TwoStreams } from './testStreams.ts';

describe('half-close', () => {
  it('ends one half; the other goes on', async () => {
    const { a, b } = joined();
    a.write(1000);
    a.stream.end();
    await settle();
    assert.equal(b.read.length, 1000);
    assert.equal(b.sawEnd, true);
    assert.deepEqual(a.events, ['live', 'finish']);
    b.write(5000);
    await settle();
    assert.equal(a.read.length, 5000);
    assert.equal(a.stream.state, 'live');
  });

  it('of both ends is the end of the stream, for both', async () => {
    const { a, b, clock } = joined();
    a.stream.end();
    await settle();
    b.stream.end();
    await settle();
    for (const end of [a, b]) {
      assert.deepEqual(end.events.slice(0, 1), ['live']);
      assert.equal(end.end?.by === 'broken', false);
      assert.equal(end.end?.error.code, 'session-closed');
      assert.equal(end.stream.destroyed, true);
      assert.ok(!end.events.includes('error'));
      assert.ok(!end.events.includes('suspended'));
    }
    assert.equal(a.end?.by, 'us');
    assert.equal(b.end?.by, 'them');
    await clock.advance(5000);
    assert.equal(clock.pending(), 0);
  });

  it('is sent again when it was lost', async () => {
    const streams = joined();
    const { a, b } = streams;
    streams.pair.cutAfter(0, 'a');
    a.write(3000);
    a.stream.end();
    await settle();
    assert.equal(b.sawEnd, false);
    assert.ok(!a.events.includes('finish'));
    streams.join();
    await settle();
    assert.equal(b.read.length, 3000);
    assert.equal(b.sawEnd, true);
    assert.ok(a.events.includes('finish'));
  });

  it('is not seen twice when only its acknowledgement was lost', async () => {
    const streams = joined();
    const { a, b } = streams;
    streams.pair.stall('b', true);
    a.stream.end();
    await settle();
    assert.equal(b.sawEnd, true);
    streams.pair.cut();
    b.write(100);
    streams.join();
    await settle();
    assert.ok(a.events.includes('finish'));
    assert.equal(a.read.length, 100);
    assert.equal(b.stream.state, 'live');
  });

  it('before the first connection arrives with the first', async () => {
    const streams = new TwoStreams();
    streams.a.write(10);
    streams.a.stream.end();
    streams.b.readAll();
    streams.join();
    await settle();
    assert.equal(streams.b.read.length, 10);
    assert.equal(streams.b.sawEnd, true);
  });

  it('of both ends does not hurry a reader that has not read yet', async () => {
    const streams = new TwoStreams();
    const { a, b } = streams;
    a.readAll();
    streams.join();
    a.write(200_000);
    a.stream.end();
    b.stream.end();
    await settle();
    assert.equal(b.stream.state, 'ended');
    assert.equal(b.stream.destroyed, false);
    streams.pair.cut();
    b.readAll();
    await settle();
    assert.equal(b.read.length, 200_000);
    assert.equal(b.sawEnd, true);
    assert.equal(b.stream.destroyed, true);
    assert.ok(!b.events.includes('suspended'));
  });
});

describe('a deliberate end', () => {
  it('reaches the other end with its code', async () => {
    const { a, b, clock } = joined();
    a.stream.endDeliberately('grant-ended');
    assert.equal(a.stream.state, 'ended');
    await settle();
    assert.deepEqual([a.end?.by, a.end?.error.code], ['us', 'grant-ended']);
    assert.deepEqual([b.end?.by, b.end?.error.code], ['them', 'grant-ended']);
    assert.deepEqual(b.events, ['live', 'ended', 'close']);
    await clock.advance(5000);
    assert.equal(clock.pending(), 0);
  });

  it('keeps the name of a code that only one package knows', async () => {
    const { a, b } = joined();
    a.stream.endDeliberately('something-newer');
    await settle();
    assert.equal(b.end?.error.code, 'something-newer');
  });

  it('comes before data that waits', async () => {
    const streams = joined();
    const { a, b } = streams;
    streams.pair.stall('a', true);
    a.write(3_000_000);
    await settle();
    a.stream.endDeliberately('grant-ended');
    streams.pair.stall('a', false);
    await settle(50);
    assert.equal(b.end?.error.code, 'grant-ended');
    assert.ok(b.read.length < 1_000_000);
  });

  it('while suspended ends this side at once, and no connection is taken any more', async () => {
    const streams = joined();
    streams.pair.cut();
    await settle();
    streams.a.stream.endDeliberately('grant-ended');
    await settle();
    assert.deepEqual(streams.a.events, ['live', 'suspended', 'ended', 'close']);
    assert.throws(() => streams.join(), { code: 'grant-ended' });
  });

  it('is what destroy means', async () => {
    const { a, b } = joined();
    a.stream.destroy();
    await settle();
    assert.deepEqual([a.end?.by, a.end?.error.code], ['us', 'session-closed']);
    assert.deepEqual([b.end?.by, b.end?.error.code], ['them', 'session-closed']);
  });

  it('with an error of the reader or writer tells the other end nothing of it', async () => {
    const { a, b } = joined();
    a.stream.destroy(new Error('secret'));
    await settle();
    assert.deepEqual(a.events, ['live', 'ended', 'error', 'close']);
    assert.equal(b.end?.error.code, 'internal');
    assert.ok(!b.end?.error.message.includes('secret'));
  });

  it('fails the writes that wait, and only those', async () => {
    const streams = new TwoStreams({ maxReplayBytes: 1000 });
    const { a } = streams;
    const results: string[] = [];
    for (const name of ['taken', 'taking', 'waiting']) {
      a.stream.write(Buffer.alloc(1000), (error) => results.push(`${name}: ${error ? 'failed' : 'done'}`));
    }
    await settle();
    assert.deepEqual(results, ['taken: done']);
    a.stream.endDeliberately('grant-ended');
    await settle();
    assert.deepEqual(results, ['taken: done', 'taking: failed', 'waiting: failed']);
    assert.deepEqual(a.events, ['ended', 'close']);
  });

  it('is told once', async () => {
    const { a } = joined();
    a.stream.endDeliberately('grant-ended');
    a.stream.endDeliberately('session-closed');
    a.stream.destroy();
    await settle();
    assert.deepEqual(a.events, ['live', 'ended', 'close']);
  });

  it('does not wait for a connection that takes nothing any more', async () => {
    const streams = joined({ capacityBytes: 1000 });
    const { a, clock } = streams;
    streams.pair.stall('a', true);
    a.write(100_000);
    await settle();
    a.stream.endDeliberately('grant-ended');
    await settle();
    assert.equal(a.stream.destroyed, true);
    assert.equal(streams.pair.a.destroyed, false);
    await clock.advance(5000);
    assert.equal(streams.pair.a.destroyed, true);
  });
});
