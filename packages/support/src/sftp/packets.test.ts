import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { PacketReader, PacketWriter } from './fields.ts';
import { packetCap } from './limits.ts';
import { PacketCutter } from './packets.ts';

const framed = (body: Buffer): Buffer => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  return Buffer.concat([length, body]);
};

describe('the packets of SFTP', () => {
  it('come out as they went in, however the bytes are cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 }),
        fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }),
        (bodies, cuts) => {
          const bytes = Buffer.concat(bodies.map((body) => framed(Buffer.from(body))));
          const cutter = new PacketCutter();
          const out: Buffer[] = [];
          for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
            const length = cuts[turn % cuts.length] ?? 1;
            out.push(...cutter.take(bytes.subarray(at, at + length)).map((packet) => Buffer.from(packet)));
            at += length;
          }
          assert.deepEqual(
            out,
            bodies.map((body) => Buffer.from(body)),
          );
        },
      ),
      { seed: 20_270_101, numRuns: 300 },
    );
  });
  it('are refused by the length they announce, before a byte of them is awaited', () => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(packetCap + 1);
    assert.throws(() => new PacketCutter().take(length), { code: 'message-too-large' });
    length.writeUInt32BE(packetCap);
    assert.deepEqual(new PacketCutter().take(length), []);
  });
});

describe('the fields of a packet', () => {
  it('are read as they were written', () => {
    const attributes = { size: 2 ** 40, permissions: 0o100644, accessed: 5, modified: 6 };
    const packet = Buffer.concat(
      new PacketWriter().u8(7).u32(8).text('ünï').u64(9).attributes(attributes).packet(),
    );
    const fields = new PacketReader(packet.subarray(4));
    assert.deepEqual([fields.u8(), fields.u32(), fields.text(), fields.u64()], [7, 8, 'ünï', 9]);
    assert.deepEqual(fields.attributes(), attributes);
    assert.equal(fields.isAtEnd, true);
  });
  it('that end beyond the packet are refused', () => {
    const lie = Buffer.from([0, 0, 0, 9, 1, 2]);
    assert.throws(() => new PacketReader(lie).bytes(), { code: 'message-malformed' });
    assert.throws(() => new PacketReader(Buffer.alloc(3)).u32(), { code: 'message-malformed' });
    const endless = Buffer.from([0x80, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]);
    assert.throws(() => new PacketReader(endless).attributes(), { code: 'message-malformed' });
  });
  it('that hold a size beyond 2^53 are refused', () => {
    assert.throws(() => new PacketReader(Buffer.alloc(8, 0xff)).u64(), { code: 'message-malformed' });
  });
  it('that are not UTF-8 are no text', () => {
    assert.equal(new PacketReader(Buffer.from([0, 0, 0, 1, 0xff])).text(), undefined);
  });
});
