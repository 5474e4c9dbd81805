import type { IncomingMessage } from 'node:http';
import { fail, fromWireError, type SallyportError, wireErrorSchema } from '@sallyport/protocol/errors';
import { z } from 'zod';

/** The largest body of an error, in bytes. */
export const errorCap = 16 * 1024;

/** Reads a body up to `capBytes`. @throws message-too-large, connection-lost */
export async function readBody(answer: IncomingMessage, capBytes: number): Promise<Buffer> {
  const announced = Number(answer.headers['content-length'] ?? 0);
  if (announced > capBytes) throw fail('message-too-large', { details: { cap: capBytes } });
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > capBytes) throw fail('message-too-large', { details: { cap: capBytes } });
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof Error && error.name === 'SallyportError') throw error;
    throw fail('connection-lost', { cause: error });
  }
  return Buffer.concat(chunks);
}

/** @throws message-malformed */
export function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (cause) {
    throw fail('message-malformed', { details: { reason: 'not JSON in UTF-8' }, cause });
  }
}

const errorBodySchema = z.object({ error: wireErrorSchema });

/** The error that an answer with a status of 400 or more carries. Its leg is where the relay says, or the relay. */
export async function errorOf(answer: IncomingMessage): Promise<SallyportError> {
  const body = errorBodySchema.safeParse(parseJson(await readBody(answer, errorCap)));
  if (body.success) return fromWireError(body.data.error);
  return fail('message-malformed', {
    details: { reason: `status ${answer.statusCode ?? 0} without an error` },
  });
}
