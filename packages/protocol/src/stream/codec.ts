/**
 * The bytes of a resumable stream on one connection (design, section 4, step 7). Numbers are big-endian and unsigned.
 * One byte of type, then:
 *
 * ```
 *         0     1     2     3     4     5     6     7     8     9     10
 * DATA    0  |  length u24     |  1 to 131,072 bytes of the sequence …
 * ACK     1  |  received u48                      |  room u32            |
 * PING    2  |  nonce u32            |
 * PONG    3  |  nonce u32            |
 * FIN     4
 * END     5  |  n   |  n = 1 to 64 characters of [a-z0-9-]: the code of an error
 * START   6  |  offset u48                        |
 * ```
 *
 * The sequence is all bytes that one end ever wrote; its first has offset 0. DATA carries the next ones. FIN says that
 * no more come, and takes one offset of its own, so that it is acknowledged and replayed as a byte would be.
 * START comes first on every connection, once: the offset of the first DATA or FIN on it. ACK comes right after START, and
 * then as needed: the offset of the next byte that its sender expects, and how many bytes from there on it takes.
 * The other end sends nothing before the first ACK, and nothing beyond the largest `received + room` it was told.
 * END ends the stream for good; it may come at any time, before START too.
 */
export const frameType = { data: 0, ack: 1, ping: 2, pong: 3, fin: 4, end: 5, start: 6 } as const;

/** Bytes in front of the payload of DATA: 1 type + 3 length. */
export const dataHeaderBytes = 4;
/** 2^48: offsets stay below. A stream would have to run for three days at a gigabyte a second. */
export const offsetLimit = 2 ** 48;
export const endCodeCap = 64;
const endCode = /^[a-z0-9-]{1,64}$/;

/** Whether this may be the code in an END. */
export const isEndCode = (text: string): boolean => endCode.test(text);

/** Writes the header of DATA into the first four bytes of `frame`. Its type is zero, so this is the length in 32 bits. */
export function writeDataHeader(frame: Buffer, length: number): void {
  frame.writeUInt32BE(length, 0);
}

export function encodeAck(received: number, room: number): Buffer {
  const frame = Buffer.allocUnsafe(11);
  frame[0] = frameType.ack;
  frame.writeUIntBE(received, 1, 6);
  frame.writeUInt32BE(room, 7);
  return frame;
}

export function encodePing(nonce: number, type: 'ping' | 'pong'): Buffer {
  const frame = Buffer.allocUnsafe(5);
  frame[0] = frameType[type];
  frame.writeUInt32BE(nonce, 1);
  return frame;
}

export const encodeFin = (): Buffer => Buffer.of(frameType.fin);

export function encodeEnd(code: string): Buffer {
  const text = isEndCode(code) ? code : 'internal';
  return Buffer.concat([Buffer.of(frameType.end, text.length), Buffer.from(text, 'latin1')]);
}

export function encodeStart(offset: number): Buffer {
  const frame = Buffer.allocUnsafe(7);
  frame[0] = frameType.start;
  frame.writeUIntBE(offset, 1, 6);
  return frame;
}
