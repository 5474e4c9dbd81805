import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Malformed } from './fields.ts';
import { Inlet } from './inlet.ts';
import { packetCap } from './sftp.ts';

const seed = 20270102;

function framed(body: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  return Buffer.concat([length, body]);
}

/** Gives the bytes in pieces as large as there is room, and at most `piece(n)` long. */
function feed(inlet: Inlet, bytes: Buffer, each: (packet: Buffer) => void, piece: () => number): void {
  for (let at = 0; at < bytes.length; ) {
    const room = inlet.room();
    assert.ok(room.length > 0, 'there is always room');
    const length = Math.min(room.length, Math.max(1, piece()), bytes.length - at);
    bytes.copy(room, 0, at, at + length);
    at += length;
    inlet.filled(length, each);
  }
}

const unexpected = (): void => assert.fail('no packet is whole');

describe('an inlet', () => {
  it('gives the same packets for every way the bytes are cut', () => {
    const sizes = fc.array(
      fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: packetCap })),
      {
        minLength: 1,
        maxLength: 12,
      },
    );
    const pieces = fc.array(fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 300_000 })), {
      minLength: 1,
    });
    fc.assert(
      fc.property(sizes, pieces, (lengths, cuts) => {
        const bodies = lengths.map((length, index) => Buffer.alloc(length, index + 1));
        const stream = Buffer.concat(bodies.map(framed));
        // One byte at a time is slow for large packets, and no other case than nine.
        const small = stream.length > 100_000 ? cuts.map((cut) => cut + 1000) : cuts;
        let turn = 0;
        const got: Buffer[] = [];
        const inlet = new Inlet();
        const cut = (): number => small[turn++ % small.length] ?? 1;
        feed(inlet, stream, (packet) => got.push(Buffer.from(packet)), cut);
        assert.equal(got.length, bodies.length);
        for (const [index, body] of bodies.entries()) assert.ok(got[index]?.equals(body));
      }),
      { seed, numRuns: 150 },
    );
  });

  it('keeps what is held as it was, while megabytes go by', () => {
    const inlet = new Inlet();
    const held: Buffer[] = [];
    let packets = 0;
    const stream = Buffer.concat(
      Array.from({ length: 60 }, (_, index) => framed(Buffer.alloc(100_000, index + 1))),
    );
    feed(
      inlet,
      stream,
      (packet) => {
        if (packets++ % 20 !== 0) return;
        inlet.hold(packet);
        held.push(packet);
      },
      () => 70_001,
    );
    assert.equal(held.length, 3);
    for (const [index, packet] of held.entries())
      assert.ok(packet.equals(Buffer.alloc(100_000, index * 20 + 1)));
  });

  it('says that the client is to wait once four segments are held, and no longer when one is let go', () => {
    const inlet = new Inlet();
    const held: Buffer[] = [];
    const stream = framed(Buffer.alloc(packetCap, 1));
    while (inlet.hasRoom) {
      assert.ok(held.length < 40, 'it never said so');
      feed(
        inlet,
        stream,
        (packet) => {
          inlet.hold(packet);
          held.push(packet);
        },
        () => 65_536,
      );
    }
    for (const packet of held.slice(0, 4)) inlet.letGo(packet);
    assert.ok(inlet.hasRoom);
  });

  it('refuses a length beyond the cap at its fourth byte, and takes the longest', () => {
    const length = Buffer.alloc(4);
    for (const bad of [packetCap + 1, 0x7fffffff, 0xffffffff, 0]) {
      length.writeUInt32BE(bad);
      assert.throws(() => feed(new Inlet(), length, unexpected, () => 1), Malformed);
    }
    length.writeUInt32BE(packetCap);
    feed(new Inlet(), length, unexpected, () => 1);
  });
});
