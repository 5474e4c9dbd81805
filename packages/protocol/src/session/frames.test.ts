import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { fail, SallyportError } from '../errors/index.ts';
import { fakeClock, settle, streamPair } from '../testing/index.ts';
import {
  deadlineAfter,
  encodeFrame,
  fromRepresentativeSchemas,
  HelloChannel,
  helloFrameCap,
} from './index.ts';

const never = new AbortController().signal;
const pair = { type: 'pair', port: 40_123 } as const;
const share = { type: 'share', share: 'A'.repeat(43) } as const;
const failsWith = (code: string) => (error: unknown) =>
  error instanceof SallyportError && error.code === code;

/** A frame with any body, for what `encodeFrame` would not write. */
function rawFrame(body: string | Uint8Array, length = Buffer.byteLength(body)): Buffer {
  const frame = Buffer.alloc(2 + Buffer.byteLength(body));
  frame.writeUInt16BE(length, 0);
  frame.set(Buffer.from(body), 2);
  return frame;
}

/** A message of exactly `bytes` bytes: an unknown field fills it up. */
function messageOf(bytes: number): string {
  const start = '{"v":1,"type":"pair","port":40123,"x":"';
  return `${start}${'y'.repeat(bytes - start.length - 2)}"}`;
}

describe('a hello channel', () => {
  it('carries a message over', async () => {
    const { a, b } = streamPair();
    new HelloChannel(a).send(pair);
    assert.deepEqual(await new HelloChannel(b).receive(fromRepresentativeSchemas, { deadline: never }), pair);
  });

  it('takes a message of the cap, and writes its length big-endian', async () => {
    const { a, b } = streamPair();
    const frame = rawFrame(messageOf(helloFrameCap));
    assert.deepEqual([...frame.subarray(0, 2)], [0x10, 0x00]);
    a.write(frame);
    assert.deepEqual(await new HelloChannel(b).receive(fromRepresentativeSchemas, { deadline: never }), pair);
  });

  it('refuses one byte more than the cap before any of the body has come', async () => {
    const { a, b } = streamPair();
    a.write(rawFrame('', helloFrameCap + 1));
    const received = new HelloChannel(b).receive(fromRepresentativeSchemas, { deadline: never });
    await assert.rejects(received, failsWith('message-too-large'));
  });

  it('refuses the largest length that can be said', async () => {
    const { a, b } = streamPair();
    a.write(rawFrame('', 0xffff));
    const received = new HelloChannel(b).receive(fromRepresentativeSchemas, { deadline: never });
    await assert.rejects(received, failsWith('message-too-large'));
  });

  it('does not write more than the cap either', () => {
    const { a } = streamPair();
    const error = {
      code: 'x',
      text: 'y'.repeat(5_000),
      next: '',
      exit: 1,
      retryable: false,
      details: {},
    } as const;
    assert.throws(() => new HelloChannel(a).send({ type: 'refused', error }), failsWith('message-too-large'));
  });

  it('finds a length that is too short to be a lie: the rest is no frame', async () => {
    const { a, b } = streamPair();
    const body = JSON.stringify({ v: 1, ...pair });
    a.write(rawFrame(body, body.length - 1));
    const received = new HelloChannel(b).receive(fromRepresentativeSchemas, { deadline: never });
    await assert.rejects(received, failsWith('message-malformed'));
  });

  it('finds a length that is too long to be a lie when the other side ends', async () => {
    const { a, b } = streamPair();
    const body = JSON.stringify({ v: 1, ...pair });
    a.end(rawFrame(body, body.length + 1));
    const received = new HelloChannel(b).receive(fromRepresentativeSchemas, { deadline: never });
    await assert.rejects(received, failsWith('connection-lost'));
  });

  it('refuses an empty message', async () => {
    const { a, b } = streamPair();
    a.write(rawFrame(''));
    const received = new HelloChannel(b).receive(fromRepresentativeSchemas, { deadline: never });
    await assert.rejects(received, failsWith('message-malformed'));
  });

  it('refuses a message that is not one of those asked for', async () => {
    const { a, b } = streamPair();
    new HelloChannel(a).send(pair);
    const received = new HelloChannel(b).receive(
      { share: fromRepresentativeSchemas.share },
      { deadline: never },
    );
    await assert.rejects(received, failsWith('message-unknown'));
  });

  it('reads what came before the other side ended', async () => {
    const { a, b } = streamPair();
    a.write(encodeFrame(pair));
    a.end(encodeFrame(share));
    const channel = new HelloChannel(b);
    assert.deepEqual(await channel.receive(fromRepresentativeSchemas, { deadline: never }), pair);
    assert.deepEqual(await channel.receive(fromRepresentativeSchemas, { deadline: never }), share);
    await assert.rejects(
      channel.receive(fromRepresentativeSchemas, { deadline: never }),
      failsWith('connection-lost'),
    );
  });

  it('says that the connection was lost, with the cause, to one who waits and to one who asks later', async () => {
    const { a, b, cut } = streamPair();
    a.on('error', () => {});
    const channel = new HelloChannel(b);
    const received = channel.receive(fromRepresentativeSchemas, { deadline: never });
    cut();
    await assert.rejects(received, (error) => {
      assert.ok(error instanceof SallyportError);
      assert.equal(error.code, 'connection-lost');
      assert.match(String(error.cause), /ECONNRESET/);
      return true;
    });
    await assert.rejects(
      channel.receive(fromRepresentativeSchemas, { deadline: never }),
      failsWith('connection-lost'),
    );
    assert.throws(() => channel.send(pair), failsWith('connection-lost'));
  });

  it('ends a wait at its deadline, by the clock it was given', async () => {
    const clock = fakeClock();
    const channel = new HelloChannel(streamPair().b);
    const { signal } = deadlineAfter(clock, 10_000);
    const ends: unknown[] = [];
    channel.receive(fromRepresentativeSchemas, { deadline: signal }).catch((error) => ends.push(error));
    await clock.advance(9_999);
    assert.equal(ends.length, 0);
    await clock.advance(1);
    const [end] = ends;
    assert.ok(end instanceof SallyportError);
    assert.equal(end.code, 'timed-out');
    assert.deepEqual(end.details, { seconds: 10 });
  });

  it('throws the error that its deadline was aborted with', async () => {
    const controller = new AbortController();
    const channel = new HelloChannel(streamPair().b);
    const received = channel.receive(fromRepresentativeSchemas, { deadline: controller.signal });
    controller.abort(fail('grant-ended'));
    await assert.rejects(received, failsWith('grant-ended'));
    const later = channel.receive(fromRepresentativeSchemas, { deadline: controller.signal });
    await assert.rejects(later, failsWith('grant-ended'));
  });

  it('leaves a cancelled deadline alone', async () => {
    const clock = fakeClock();
    const deadline = deadlineAfter(clock, 1_000);
    deadline.cancel();
    await clock.advance(2_000);
    assert.equal(deadline.signal.aborted, false);
    assert.equal(clock.pending(), 0);
  });

  it('gives the stream back with the early bytes in it and no listener on it', async () => {
    const { a, b } = streamPair();
    const before = b.eventNames().length;
    a.write(Buffer.concat([encodeFrame(pair), Buffer.from('early')]));
    const channel = new HelloChannel(b);
    await channel.receive(fromRepresentativeSchemas, { deadline: never });
    const stream = channel.release();
    assert.equal(stream, b);
    assert.equal(b.eventNames().length, before);
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    a.write('then');
    await settle();
    assert.equal(Buffer.concat(chunks).toString(), 'earlythen');
    assert.throws(() => channel.send(pair), failsWith('internal'));
  });

  it('gives back the length of a frame whose body it did not wait for', async () => {
    const { a, b } = streamPair();
    const controller = new AbortController();
    const channel = new HelloChannel(b);
    const frame = encodeFrame(pair);
    a.write(frame.subarray(0, 5));
    const received = channel.receive(fromRepresentativeSchemas, { deadline: controller.signal });
    await settle();
    controller.abort(fail('grant-ended'));
    await assert.rejects(received);
    const again = new HelloChannel(channel.release());
    a.write(frame.subarray(5));
    assert.deepEqual(await again.receive(fromRepresentativeSchemas, { deadline: never }), pair);
  });

  it('understands the same, however the bytes are cut', async () => {
    const frames = Buffer.concat([encodeFrame(pair), encodeFrame(share), Buffer.from([0xff, 0, 1, 2])]);
    const property = fc.asyncProperty(
      fc.integer({ min: 1, max: 2 ** 31 }),
      fc.integer({ min: 1, max: frames.length }),
      async (seed, maxChunk) => {
        const { a, b } = streamPair({ seed, maxChunk });
        a.end(frames);
        const channel = new HelloChannel(b);
        assert.deepEqual(await channel.receive(fromRepresentativeSchemas, { deadline: never }), pair);
        assert.deepEqual(await channel.receive(fromRepresentativeSchemas, { deadline: never }), share);
        const rest: Buffer[] = [];
        for await (const chunk of channel.release()) rest.push(chunk as Buffer);
        assert.deepEqual([...Buffer.concat(rest)], [0xff, 0, 1, 2]);
      },
    );
    await fc.assert(property, { seed: 20_270_101, numRuns: 100 });
  });

  it('answers any bytes at all with a message or an error of the table', async () => {
    const body = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.json().map((text) => new TextEncoder().encode(text)),
    );
    const property = fc.asyncProperty(body, fc.integer({ min: 0, max: 0xffff }), async (bytes, length) => {
      const { a, b } = streamPair();
      a.end(rawFrame(bytes, length));
      const channel = new HelloChannel(b);
      try {
        await channel.receive(fromRepresentativeSchemas, { deadline: never });
      } catch (error) {
        assert.ok(error instanceof SallyportError);
        assert.notEqual(error.code, 'internal');
        if (length > helloFrameCap) assert.equal(error.code, 'message-too-large');
      }
    });
    await fc.assert(property, { seed: 20_270_102, numRuns: 300 });
  });
});
