import type { Duplex } from 'node:stream';
import { z } from 'zod';
import { fail } from '../errors/index.ts';
import {
  formatMessage,
  type MessageOf,
  type MessageSchemas,
  type OutgoingOf,
  parseMessage,
} from '../wire/index.ts';
import { deviceHalfSchema, representativeHalfSchema } from './file.ts';
import { statementCap } from './statement.ts';

/** What the device says on the channel `receipt` of a session: that it ends, before channels close; what it states. */
export const toSignSchemas = {
  ending: z.object({ why: z.string().max(64) }),
  statement: z.object({ statement: z.string().max(statementCap), device: deviceHalfSchema }),
} as const;
/** What the representative says on it: that they are done, and want the session to end; then their half. */
export const signingSchemas = {
  done: z.object({}),
  signed: z.object({ representative: representativeHalfSchema }),
} as const;
export type ToSign = MessageOf<typeof toSignSchemas>;
export type Signing = MessageOf<typeof signingSchemas>;
type Outgoing = OutgoingOf<typeof toSignSchemas> | OutgoingOf<typeof signingSchemas>;

/** The largest message on it: a statement may grow in JSON. In bytes. */
export const receiptMessageCap = 160 * 1024;
const lengthBytes = 4;

/**
 * One message on the channel `receipt`:
 *
 *      0        4            4 + n
 *     +--------+------------+
 *     | n: u32 | JSON, UTF-8 |      n big-endian, at most `receiptMessageCap`
 *     +--------+------------+
 *
 * @throws message-too-large
 */
export function encodeReceiptMessage(message: Outgoing): Buffer {
  const body = formatMessage(message, receiptMessageCap);
  const length = Buffer.allocUnsafe(lengthBytes);
  length.writeUInt32BE(body.byteLength);
  return Buffer.concat([length, body]);
}

/**
 * Reads the messages of a channel as they come, until it ends.
 *
 * @param hear is given each; what it throws ends the reading
 * @param failed told what is no message: message-too-large before its body is awaited, message-malformed, message-unknown
 */
export function readReceiptMessages<const S extends MessageSchemas>(
  channel: Duplex,
  schemas: S,
  hear: (message: MessageOf<S>) => void,
  failed: (error: unknown) => void,
): void {
  let held: Buffer = Buffer.alloc(0);
  const take = (chunk: Buffer): void => {
    try {
      held = held.byteLength === 0 ? chunk : Buffer.concat([held, chunk]);
      while (held.byteLength >= lengthBytes) {
        const bytes = held.readUInt32BE(0);
        if (bytes > receiptMessageCap) {
          throw fail('message-too-large', { details: { cap: receiptMessageCap } });
        }
        if (held.byteLength < lengthBytes + bytes) return;
        const body = held.subarray(lengthBytes, lengthBytes + bytes);
        held = held.subarray(lengthBytes + bytes);
        hear(parseMessage(schemas, body, receiptMessageCap));
      }
    } catch (error) {
      channel.off('data', take);
      channel.resume();
      failed(error);
    }
  };
  channel.on('data', take);
}
