import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  dataHeaderBytes,
  encodeAck,
  encodeEnd,
  encodeFin,
  encodePing,
  encodeStart,
  writeDataHeader,
} from './codec.ts';
import { type FrameHandler, FrameReader } from './frameReader.ts';
import { dataFrameCap } from './limits.ts';

/** A frame as it was told; data in one piece. */
type Told =
  | { type: 'data'; bytes: string }
  | { type: 'ack'; received: number; room: number }
  | { type: 'ping' | 'pong'; nonce: number }
  | { type: 'fin' }
  | { type: 'end'; code: string }
  | { type: 'start'; offset: number };

const encodeData = (bytes: Buffer): Buffer => {
  const frame = Buffer.alloc(dataHeaderBytes + bytes.length);
  writeDataHeader(frame, bytes.length);
  bytes.copy(frame, dataHeaderBytes);
  return frame;
};

const encode = (frame: Told): Buffer => {
  if (frame.type === 'data') return encodeData(Buffer.from(frame.bytes, 'hex'));
  if (frame.type === 'ack') return encodeAck(frame.received, frame.room);
  if (frame.type === 'fin') return encodeFin();
  if (frame.type === 'end') return encodeEnd(frame.code);
  if (frame.type === 'start') return encodeStart(frame.offset);
  return encodePing(frame.nonce, frame.type);
};

/** The slow, obvious twin: the whole input at once, a number by adding up its bytes, no state. */
function decodeObviously(input: Buffer): Told[] {
  const number = (at: number, bytes: number): number =>
    [...input.subarray(at, at + bytes)].reduce((sum, byte) => sum * 256 + byte, 0);
  const told: Told[] = [];
  for (let at = 0; at < input.length; ) {
    const type = input[at];
    if (type === 0) {
      const length = number(at + 1, 3);
      told.push({ type: 'data', bytes: input.subarray(at + 4, at + 4 + length).toString('hex') });
      at += 4 + length;
    } else if (type === 1) {
      told.push({ type: 'ack', received: number(at + 1, 6), room: number(at + 7, 4) });
      at += 11;
    } else if (type === 2 || type === 3) {
      told.push({ type: type === 2 ? 'ping' : 'pong', nonce: number(at + 1, 4) });
      at += 5;
    } else if (type === 4) {
      told.push({ type: 'fin' });
      at += 1;
    } else if (type === 5) {
      const length = number(at + 1, 1);
      told.push({ type: 'end', code: input.subarray(at + 2, at + 2 + length).toString('ascii') });
      at += 2 + length;
    } else {
      told.push({ type: 'start', offset: number(at + 1, 6) });
      at += 7;
    }
  }
  return told;
}

/** What the reader tells, with the pieces of one DATA frame joined by its header's length. */
class Listening implements FrameHandler {
  readonly told: Told[] = [];
  pieces = 0;
  bytes = 0;
  onData(piece: Buffer): void {
    this.pieces += 1;
    this.bytes += piece.length;
    this.told.push({ type: 'data', bytes: piece.toString('hex') });
  }
  onAck(received: number, room: number): void {
    this.told.push({ type: 'ack', received, room });
  }
  onPing(nonce: number): void {
    this.told.push({ type: 'ping', nonce });
  }
  onPong(nonce: number): void {
    this.told.push({ type: 'pong', nonce });
  }
  onFin(): void {
    this.told.push({ type: 'fin' });
  }
  onEnd(code: string): void {
    this.told.push({ type: 'end', code });
  }
  onStart(offset: number): void {
    this.told.push({ type: 'start', offset });
  }
}

/** Joins neighbouring data: where one frame ended and the next began does not matter to a stream. */
const joinData = (told: readonly Told[]): Told[] => {
  const joined: Told[] = [];
  for (const frame of told) {
    const last = joined.at(-1);
    if (frame.type === 'data' && last?.type === 'data') last.bytes += frame.bytes;
    else joined.push({ ...frame });
  }
  return joined;
};

const uint = (bits: number): fc.Arbitrary<number> => fc.maxSafeInteger().map((n) => Math.abs(n) % 2 ** bits);
const frames: fc.Arbitrary<Told> = fc.oneof(
  fc
    .uint8Array({ minLength: 1, maxLength: 300 })
    .map((bytes): Told => ({ type: 'data', bytes: Buffer.from(bytes).toString('hex') })),
  fc.record({ type: fc.constant('ack' as const), received: uint(48), room: uint(32) }),
  fc.record({ type: fc.constantFrom('ping' as const, 'pong' as const), nonce: uint(32) }),
  fc.constant<Told>({ type: 'fin' }),
  fc.stringMatching(/^[a-z0-9-]{1,64}$/).map((code): Told => ({ type: 'end', code })),
  fc.record({ type: fc.constant('start' as const), offset: uint(48) }),
);

const feed = (input: Buffer, sizes: readonly number[]): Listening => {
  const listening = new Listening();
  const reader = new FrameReader(listening);
  for (let at = 0, i = 0; at < input.length; i += 1) {
    const size = sizes.length === 0 ? input.length : (sizes[i % sizes.length] ?? 1);
    reader.read(input.subarray(at, at + size));
    at += size;
  }
  return listening;
};

const seed = 20270101;

describe('the frame reader', () => {
  it('tells of every chunking what its slow twin tells of the whole', () => {
    fc.assert(
      fc.property(
        fc.array(frames, { maxLength: 20 }),
        fc.array(fc.integer({ min: 1, max: 40 })),
        (list, sizes) => {
          const input = Buffer.concat(list.map(encode));
          const told = joinData(feed(input, sizes).told);
          assert.deepEqual(told, joinData(decodeObviously(input)));
          assert.deepEqual(told, joinData(list));
        },
      ),
      { seed, numRuns: 1000 },
    );
  });

  it('gives parts of the chunk that was read, not copies', () => {
    const input = Buffer.concat([encodePing(1, 'ping'), encodeData(Buffer.alloc(5000, 1)), encodeFin()]);
    let same = 0;
    const reader = new FrameReader(
      Object.assign(new Listening(), {
        onData: (piece: Buffer) => {
          same += Number(piece.buffer === input.buffer && piece.length === 5000);
        },
      }),
    );
    reader.read(input);
    assert.equal(same, 1);
  });

  it('takes a frame of exactly the cap, and refuses one byte more before its bytes come', () => {
    const header = Buffer.alloc(dataHeaderBytes);
    writeDataHeader(header, dataFrameCap);
    const listening = new Listening();
    const reader = new FrameReader(listening);
    reader.read(header);
    reader.read(Buffer.alloc(dataFrameCap));
    assert.equal(listening.bytes, dataFrameCap);
    writeDataHeader(header, dataFrameCap + 1);
    assert.throws(() => reader.read(header), { code: 'stream-broken' });
  });

  it('refuses a data frame of no bytes', () => {
    assert.throws(() => new FrameReader(new Listening()).read(Buffer.from([0, 0, 0, 0])), {
      code: 'stream-broken',
    });
  });

  it('refuses every type that it does not know', () => {
    for (let type = 7; type < 256; type += 1) {
      assert.throws(() => new FrameReader(new Listening()).read(Buffer.from([type])), {
        code: 'stream-broken',
      });
    }
  });

  it('refuses an end without a code, with a longer one than allowed, and with one that is not readable', () => {
    const lies = [
      Buffer.from([5, 0]),
      Buffer.from([5, 65]),
      Buffer.from([5, 255]),
      Buffer.from([5, 1, 0]),
      Buffer.concat([Buffer.from([5, 4]), Buffer.from('\u001b[2J')]),
      Buffer.concat([Buffer.from([5, 7]), Buffer.from('No-Caps')]),
    ];
    for (const lie of lies) {
      for (const sizes of [[], [1]]) assert.throws(() => feed(lie, sizes), { code: 'stream-broken' });
    }
  });

  it('never asks for more than a header, whatever bytes come', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 200 }),
        fc.array(fc.integer({ min: 1, max: 9 })),
        (bytes, sizes) => {
          const input = Buffer.from(bytes);
          const outcome = (chunking: readonly number[]): unknown => {
            const listening = new Listening();
            const reader = new FrameReader(listening);
            try {
              for (let at = 0, i = 0; at < input.length; i += 1) {
                const size = chunking[i % chunking.length] ?? input.length;
                reader.read(input.subarray(at, at + size));
                at += size;
              }
            } catch (error) {
              assert.equal((error as { code?: unknown }).code, 'stream-broken');
              return [joinData(listening.told), 'broken'];
            }
            return [joinData(listening.told), 'waits'];
          };
          assert.deepEqual(outcome(sizes), outcome([]));
        },
      ),
      { seed, numRuns: 2000 },
    );
  });

  it('tells nothing after it was stopped, also of the chunk that it reads', () => {
    const listening = new Listening();
    const reader = new FrameReader(
      Object.assign(listening, {
        onFin: () => reader.stop(),
      }),
    );
    reader.read(Buffer.concat([encodePing(1, 'ping'), encodeFin(), encodePing(2, 'ping')]));
    reader.read(encodePing(3, 'ping'));
    assert.deepEqual(listening.told, [{ type: 'ping', nonce: 1 }]);
  });
});
