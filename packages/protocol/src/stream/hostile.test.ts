import assert from 'node:assert/strict';
import type { Duplex } from 'node:stream';
import { describe, it } from 'node:test';
import { PatternCheck, patternAt, type StreamPair, settle, streamPair } from '../testing/index.ts';
import { encodeAck, encodeEnd, encodeFin, encodePing, encodeStart, writeDataHeader } from './codec.ts';
import { connectionQueueBytes, receiveWindowBytes } from './limits.ts';
import { TestEnd, TwoStreams } from './testStreams.ts';

const data = (length: number, from = 0): Buffer => {
  const frame = Buffer.concat([Buffer.alloc(4), patternAt(from, length)]);
  writeDataHeader(frame, length);
  return frame;
};

/** A stream whose other end is not one of ours, and writes what it likes. */
class Attacked {
  readonly clock = new TwoStreams().clock;
  readonly end = new TestEnd(this.clock, {});
  readonly heard: Buffer[] = [];
  generation = 0;
  /** The newest connection: our end of it, and the other. */
  pair: StreamPair;

  constructor(peerReceived = 0) {
    this.pair = this.connect(peerReceived);
  }

  get peer(): Duplex {
    return this.pair.b;
  }

  connect(peerReceived: number): StreamPair {
    const pair = streamPair({ clock: this.clock });
    this.pair = pair;
    pair.b.on('data', (chunk: Buffer) => this.heard.push(chunk));
    pair.b.on('error', () => {});
    this.generation += 1;
    this.end.stream.attach(pair.a, { generation: this.generation, peerReceived });
    return pair;
  }

  async says(...frames: Buffer[]): Promise<this> {
    this.peer.write(Buffer.concat(frames));
    await settle();
    return this;
  }

  /** The stream has ended for good, without an error event, and the other end was told. */
  assertBroken(reason: RegExp): void {
    assert.equal(this.end.end?.by, 'broken');
    assert.equal(this.end.end?.error.code, 'stream-broken');
    assert.match(this.end.end?.error.message ?? '', reason);
    assert.deepEqual(this.end.events, ['live', 'ended', 'close']);
    assert.ok(Buffer.concat(this.heard).includes(encodeEnd('stream-broken')));
    assert.throws(() => this.connect(0), { code: 'stream-broken' });
  }
}

describe('a stream ends for good when the other end', () => {
  it('acknowledges what was not sent', async () => {
    const attacked = new Attacked();
    attacked.end.write(100);
    await attacked.says(encodeStart(0), encodeAck(0, 1000), encodeAck(101, 1000));
    attacked.assertBroken(/acknowledged what was not sent/);
  });

  it('acknowledges what was taken but not sent for lack of room', async () => {
    const attacked = new Attacked();
    attacked.end.write(100);
    attacked.end.write(100);
    await attacked.says(encodeStart(0), encodeAck(1, 0));
    attacked.assertBroken(/acknowledged what was not sent/);
  });

  it('acknowledges an end that was not said', async () => {
    const attacked = new Attacked();
    attacked.end.write(100);
    await attacked.says(encodeStart(0), encodeAck(0, 1000));
    await attacked.says(encodeAck(101, 1000));
    attacked.assertBroken(/acknowledged what was not sent/);
  });

  it('expects bytes, on resumption, that were never sent', async () => {
    const attacked = new Attacked();
    attacked.end.write(100);
    await attacked.says(encodeStart(0), encodeAck(0, 1000));
    assert.throws(() => attacked.connect(101), { code: 'stream-broken' });
    await settle();
    attacked.assertBroken(/not kept/);
  });

  it('expects bytes, on resumption, that it has acknowledged', async () => {
    const attacked = new Attacked();
    attacked.end.write(100);
    await attacked.says(encodeStart(0), encodeAck(0, 1000));
    await attacked.says(encodeAck(100, 1000));
    assert.throws(() => attacked.connect(99), { code: 'stream-broken' });
    await settle();
    attacked.assertBroken(/not kept/);
  });

  it('expects bytes that are not kept, and does not read why: its connection is closed after five seconds', async () => {
    const attacked = new Attacked();
    const { clock, end } = attacked;
    const pair = streamPair({ clock, capacityBytes: 1 });
    pair.stall('a', true);
    assert.throws(() => end.stream.attach(pair.a, { generation: 2, peerReceived: 101 }), {
      code: 'stream-broken',
    });
    await clock.advance(4_999);
    assert.equal(pair.a.destroyed, false);
    await clock.advance(1);
    assert.equal(pair.a.destroyed, true);
    assert.equal(clock.pending(), 0);
  });

  it('begins beyond what was received', async () => {
    (await new Attacked().says(encodeStart(1))).assertBroken(/missing/);
  });

  it('begins twice', async () => {
    (await new Attacked().says(encodeStart(0), encodeStart(0))).assertBroken(/twice/);
  });

  it('does not say where it begins', async () => {
    for (const frame of [data(1), encodeAck(0, 1), encodeFin()]) {
      (await new Attacked().says(frame)).assertBroken(/where it begins/);
    }
  });

  it('announces a data frame over the cap', async () => {
    const attacked = await new Attacked().says(encodeStart(0), Buffer.from([0, 2, 0, 1]));
    attacked.assertBroken(/a data frame of 131073 bytes/);
  });

  it('sends an empty data frame', async () => {
    (await new Attacked().says(encodeStart(0), Buffer.from([0, 0, 0, 0]))).assertBroken(
      /a data frame of 0 bytes/,
    );
  });

  it('sends a frame of an unknown type', async () => {
    (await new Attacked().says(encodeStart(0), Buffer.from([7]))).assertBroken(/unknown type 7/);
  });

  it('speaks another protocol', async () => {
    (await new Attacked().says(Buffer.from('GET / HTTP/1.1\r\n\r\n'))).assertBroken(/unknown type 71/);
  });

  it('ends it with a code that is not readable', async () => {
    (await new Attacked().says(Buffer.from([5, 3, 0x1b, 0x5b, 0x41]))).assertBroken(/not readable/);
  });

  it('sends bytes after the end of its half', async () => {
    (await new Attacked().says(encodeStart(0), encodeFin(), data(1))).assertBroken(
      /after the end of its half/,
    );
  });

  it('ends its half twice', async () => {
    (await new Attacked().says(encodeStart(0), encodeFin(), encodeFin())).assertBroken(/twice/);
  });

  it('ends its half, on resumption, earlier than before', async () => {
    const attacked = new Attacked();
    await attacked.says(encodeStart(0), data(100));
    attacked.connect(0).b.write(Buffer.concat([encodeStart(50), encodeFin()]));
    await settle();
    assert.equal(attacked.end.end?.by, 'broken');
  });

  it('sends more than it was allowed to', async () => {
    const attacked = new Attacked();
    attacked.peer.write(encodeStart(0));
    const frame = data(128 * 1024);
    for (let sent = 0; sent < receiveWindowBytes; sent += 128 * 1024) attacked.peer.write(frame);
    await settle(500);
    assert.equal(attacked.end.stream.received, receiveWindowBytes);
    assert.equal(attacked.end.stream.state, 'live');
    await attacked.says(data(1));
    attacked.assertBroken(/more bytes than it was allowed to/);
  });
});

describe('a stream bears, from the other end,', () => {
  it('an end before anything else', async () => {
    const attacked = await new Attacked().says(encodeEnd('grant-ended'));
    assert.deepEqual([attacked.end.end?.by, attacked.end.end?.error.code], ['them', 'grant-ended']);
  });

  it('nothing of what follows an end', async () => {
    const attacked = await new Attacked().says(encodeEnd('grant-ended'), Buffer.from([99]), data(1));
    assert.equal(attacked.end.end?.error.code, 'grant-ended');
  });

  it('an acknowledgement that is older than the last', async () => {
    const attacked = new Attacked();
    attacked.end.write(100);
    await attacked.says(encodeStart(0), encodeAck(0, 1000));
    await attacked.says(encodeAck(60, 1000), encodeAck(30, 0));
    assert.equal(attacked.end.stream.state, 'live');
  });

  it('an answer to a ping that was not sent', async () => {
    const attacked = await new Attacked().says(encodePing(77, 'pong'));
    assert.equal(attacked.end.stream.state, 'live');
    assert.equal(attacked.end.stream.stats().roundTripMs, undefined);
  });

  it('a flood of pings without reading, in constant memory', async () => {
    const attacked = new Attacked();
    attacked.peer.pause();
    const flood = Buffer.concat(Array.from({ length: 50_000 }, (_, nonce) => encodePing(nonce, 'ping')));
    for (let i = 0; i < 40; i += 1) attacked.peer.write(flood);
    await settle(200);
    assert.equal(attacked.end.stream.state, 'live');
    assert.equal(attacked.end.stream.stats().replayBytes, 0);
    // One ping and one pong above what lets nothing more in.
    const waiting = attacked.pair.a.writableLength;
    assert.ok(waiting <= connectionQueueBytes + 64, `${waiting} bytes wait in our end`);
    assert.ok(attacked.peer.readableLength < 256 * 1024);
  });

  it('a megabyte in frames of one byte, without a megabyte of objects', async () => {
    const attacked = new Attacked();
    const frames = Buffer.alloc(5 * 1_000_000);
    const check = patternAt(0, 1_000_000);
    for (let i = 0; i < 1_000_000; i += 1) {
      frames[5 * i + 3] = 1;
      frames[5 * i + 4] = check[i] ?? 0;
    }
    attacked.peer.write(encodeStart(0));
    attacked.peer.write(frames);
    await settle(200);
    const read = new PatternCheck();
    let pieces = 0;
    attacked.end.stream.on('data', (piece: Buffer) => {
      read.add(piece);
      pieces += 1;
    });
    await settle(200);
    assert.equal(read.length, 1_000_000);
    assert.ok(pieces < 70_000, `${pieces} pieces`);
  });
});
