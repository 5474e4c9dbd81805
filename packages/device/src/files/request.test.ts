import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Attributes } from './attributes.ts';
import type { BytePath } from './bytePath.ts';
import { FieldWriter } from './fields.ts';
import { decodeRequest, type Request } from './request.ts';
import { attributeFlags, dataCap, pathCap, requestTypes } from './sftp.ts';
import { encodeRequest } from './testing.ts';

const seed = 20270101;
const id = fc.integer({ min: 0, max: 0xffffffff });
const u32 = id;
const offset = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const path = fc
  .array(fc.integer({ min: 1, max: 255 }), { minLength: 1, maxLength: 300 })
  .map((bytes) => Buffer.from(bytes).toString('latin1') as BytePath);
const handle = fc
  .uint8Array({ minLength: 8, maxLength: 8 })
  .map((bytes) => Buffer.from(bytes).toString('latin1'));
const plain = { noNullPrototype: true } as const;
const attributes: fc.Arbitrary<Attributes> = fc.record(
  {
    size: offset,
    owner: fc.record({ uid: u32, gid: u32 }, plain),
    permissions: fc.integer({ min: 0, max: 0o7777 }),
    times: fc.record({ accessed: u32, modified: u32 }, plain),
  },
  { requiredKeys: [], ...plain },
);
const of = <K extends string>(...kinds: K[]): fc.Arbitrary<K> => fc.constantFrom(...kinds);

const request: fc.Arbitrary<Request> = fc.oneof(
  fc.record({ kind: of('init'), id: fc.constant(0 as const), version: u32 }),
  fc.record({ kind: of('open'), id, path, flags: u32, attributes }),
  fc.record({ kind: of('close', 'fstat', 'readdir', 'fstatvfs', 'fsync'), id, handle }),
  fc.record({ kind: of('read'), id, handle, offset, length: u32 }),
  fc.record({
    kind: of('write'),
    id,
    handle,
    offset,
    data: fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  }),
  fc.record({ kind: of('fsetstat'), id, handle, attributes }),
  fc.record({
    kind: of('lstat', 'stat', 'opendir', 'remove', 'rmdir', 'realpath', 'readlink', 'statvfs', 'expand-path'),
    id,
    path,
  }),
  fc.record({ kind: of('setstat', 'lsetstat', 'mkdir'), id, path, attributes }),
  fc.record({ kind: of('rename', 'posix-rename', 'hardlink'), id, from: path, to: path }),
  fc.record({ kind: of('symlink'), id, target: path, path }),
  fc.record({ kind: of('limits'), id }),
  fc.record({
    kind: of('copy-data'),
    id,
    from: handle,
    fromOffset: offset,
    length: offset,
    to: handle,
    toOffset: offset,
  }),
  fc.record({ kind: of('home-directory'), id, user: fc.string({ maxLength: 30 }) }),
  fc.record({ kind: of('users-groups-by-id'), id, uids: fc.array(u32), gids: fc.array(u32) }),
);
const body = (packet: Buffer): Buffer => packet.subarray(4);
const reasonOf = (packet: Buffer): string => {
  const decoded = decodeRequest(packet);
  return decoded.kind === 'malformed' ? decoded.reason : `it is a good ${decoded.kind}`;
};
const packetOf = (type: number, write: (fields: FieldWriter) => FieldWriter): Buffer =>
  write(new FieldWriter().u8(type).u32(7)).body();

describe('a request', () => {
  it('comes out of its packet as it went in, whatever bytes its paths have', () => {
    fc.assert(
      fc.property(request, (original) => {
        assert.deepEqual(decodeRequest(body(encodeRequest(original))), { ...original });
      }),
      { seed, numRuns: 2000 },
    );
  });

  it('is malformed, with its id, wherever its packet is cut short', () => {
    fc.assert(
      fc.property(request, fc.nat(), (original, cut) => {
        const whole = body(encodeRequest(original));
        const shorter = whole.subarray(0, cut % whole.length);
        const decoded = decodeRequest(shorter);
        if (shorter.length < 5) assert.deepEqual([decoded.kind, decoded.id], ['malformed', 0]);
        else if (decoded.kind !== 'unknown')
          assert.deepEqual([decoded.kind, decoded.id], ['malformed', original.id]);
      }),
      { seed, numRuns: 2000 },
    );
  });

  it('of any bytes at all is answered, and never throws', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 600 }),
        fc.constantFrom(...Object.values(requestTypes)),
        (bytes, type) => {
          const packet = Buffer.from([type, ...bytes]);
          const decoded = decodeRequest(packet);
          assert.equal(decoded.id, packet.length < 5 || decoded.kind === 'init' ? 0 : packet.readUInt32BE(1));
        },
      ),
      { seed, numRuns: 5000 },
    );
  });

  it('of an unknown type, and of an unknown extension, is unknown', () => {
    assert.equal(decodeRequest(packetOf(99, (fields) => fields.u32(0))).kind, 'unknown');
    assert.equal(
      decodeRequest(packetOf(requestTypes.extended, (fields) => fields.text('x@example'))).kind,
      'unknown',
    );
  });
});

describe('a request is malformed', () => {
  it('with a path that has a zero byte in it', () => {
    const packet = packetOf(requestTypes.stat, (fields) => fields.text('/etc/passwd\0.txt'));
    assert.match(reasonOf(packet), /zero byte/);
  });

  it('with a path one byte longer than the kernel takes, and not with the longest', () => {
    const packet = (length: number): Buffer =>
      packetOf(requestTypes.stat, (fields) => fields.text('a'.repeat(length)));
    assert.match(reasonOf(packet(pathCap)), /longer than 4095 bytes/);
    assert.equal(decodeRequest(packet(pathCap - 1)).kind, 'stat');
  });

  it('with a string that says to be longer than the packet', () => {
    for (const length of [6, 0x7fffffff, 0xffffffff]) {
      const packet = packetOf(requestTypes.opendir, (fields) => fields.u32(length).u8(0x61));
      assert.match(reasonOf(packet), /longer than/);
    }
  });

  it('with an offset that no file reaches', () => {
    const packet = packetOf(requestTypes.read, (fields) =>
      fields
        .text('12345678')
        .u64(2n ** 53n)
        .u32(1),
    );
    assert.match(reasonOf(packet), /larger than any file/);
  });

  it('with more extended attributes than the packet has room for', () => {
    const packet = packetOf(requestTypes.setstat, (fields) =>
      fields.text('/a').u32(attributeFlags.extended).u32(0xffffffff),
    );
    assert.match(reasonOf(packet), /longer than the packet/);
  });

  it('with attributes that version 3 does not have', () => {
    const packet = packetOf(requestTypes.mkdir, (fields) => fields.text('/a').u32(0x10));
    assert.match(reasonOf(packet), /not one of version 3/);
  });

  it('with more to write than a packet carries', () => {
    const packet = packetOf(requestTypes.write, (fields) =>
      fields
        .text('12345678')
        .u64(0)
        .bytes(Buffer.alloc(dataCap + 1025)),
    );
    assert.match(reasonOf(packet), /longer than/);
  });
});

it('extended attributes are read over', () => {
  const packet = packetOf(requestTypes.setstat, (fields) =>
    fields
      .text('/a')
      .u32(attributeFlags.extended | attributeFlags.permissions)
      .u32(0o644)
      .u32(1)
      .text('k')
      .text('v'),
  );
  assert.deepEqual(decodeRequest(packet), {
    kind: 'setstat',
    id: 7,
    path: '/a',
    attributes: { permissions: 0o644 },
  });
});
