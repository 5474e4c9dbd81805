import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { duplexSuite } from './duplexSuite.ts';
import { fakeClock, settle, streamPair } from './index.ts';

duplexSuite('a pair in memory', () => streamPair());
duplexSuite('a pair in memory that chops', () =>
  streamPair({ maxChunk: 1000, seed: 7, capacityBytes: 1000 }),
);

/** Collects what arrives, as text. */
const listen = (stream: NodeJS.ReadableStream): { text: string; pieces: number } => {
  const heard = { text: '', pieces: 0 };
  stream.on('data', (piece: Buffer) => {
    heard.text += piece.toString();
    heard.pieces += 1;
  });
  stream.on('error', () => {});
  return heard;
};

describe('a pair of streams', () => {
  it('chops in the same places for the same seed, in others for another', async () => {
    const piecesOf = async (seed: number): Promise<number[]> => {
      const { a, b } = streamPair({ seed, maxChunk: 100 });
      const lengths: number[] = [];
      b.on('data', (piece: Buffer) => lengths.push(piece.length));
      a.write(Buffer.alloc(2000));
      await settle();
      return lengths;
    };
    assert.deepEqual(await piecesOf(1), await piecesOf(1));
    assert.notDeepEqual(await piecesOf(1), await piecesOf(2));
  });

  it('cuts now: both ends are reset, and what is under way is lost', async () => {
    const pair = streamPair();
    const heard = listen(pair.b);
    listen(pair.a);
    pair.a.write('lost');
    pair.cut();
    await settle();
    assert.equal(heard.text, '');
    assert.equal((pair.b.errored as NodeJS.ErrnoException).code, 'ECONNRESET');
    assert.equal(pair.a.destroyed, true);
  });

  it('cuts with one side unaware, that goes on writing into nothing', async () => {
    const pair = streamPair();
    listen(pair.a);
    pair.cut('a');
    await new Promise<void>((resolve) => pair.b.write('nobody hears', () => resolve()));
    await settle();
    assert.equal(pair.b.destroyed, false);
    assert.equal(pair.a.destroyed, true);
  });

  it('cuts after so many bytes, although the writer believes that all were sent', async () => {
    const pair = streamPair();
    const heard = listen(pair.b);
    listen(pair.a);
    pair.cutAfter(5, 'a');
    await new Promise<void>((resolve) => pair.a.write('123', () => resolve()));
    await new Promise<void>((resolve) => pair.a.write('4567', () => resolve()));
    await settle();
    assert.equal(heard.text, '12345');
    assert.equal(pair.written('a'), 7);
    assert.equal(pair.a.destroyed, true);
    assert.equal(pair.b.destroyed, true);
  });

  it('stalls one direction, and lets it go', async () => {
    const pair = streamPair();
    const heard = listen(pair.b);
    const back = listen(pair.a);
    pair.stall('a', true);
    pair.a.write('later');
    pair.b.write('now');
    await settle();
    assert.deepEqual([heard.text, back.text], ['', 'now']);
    pair.stall('a', false);
    await settle();
    assert.equal(heard.text, 'later');
  });

  it('delays every byte by the same time', async () => {
    const clock = fakeClock();
    const pair = streamPair({ clock, delayMs: 100 });
    const heard = listen(pair.b);
    pair.a.write('1');
    await clock.advance(60);
    pair.a.write('2');
    await clock.advance(39);
    assert.equal(heard.text, '');
    await clock.advance(1);
    assert.equal(heard.text, '1');
    await clock.advance(60);
    assert.equal(heard.text, '12');
  });

  it('tells a writer whose other end is gone', async () => {
    const pair = streamPair();
    listen(pair.b);
    pair.a.destroy();
    await settle();
    const failed = once(pair.b, 'error');
    pair.b.write('x');
    assert.equal(((await failed)[0] as NodeJS.ErrnoException).code, 'EPIPE');
  });
});
