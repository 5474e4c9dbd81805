import type { IncomingMessage } from 'node:http';
import { fail, fromWireError, SallyportError, wireErrorSchema } from '@sallyport/protocol/errors';
import { parseJson } from '@sallyport/protocol/wire';
import { z } from 'zod';

/** The largest body of an error, in bytes. */
const errorCap = 16 * 1024;

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
    if (error instanceof SallyportError) throw error;
    throw fail('connection-lost', { cause: error });
  }
  return Buffer.concat(chunks);
}

const errorBodySchema = z.object({ error: wireErrorSchema });

/** The error that an answer of 400 or more carries; its leg is the caller's to say. */
export async function errorOf(answer: IncomingMessage): Promise<SallyportError> {
  const body = errorBodySchema.safeParse(jsonIfAny(await readBody(answer, errorCap)));
  if (body.success) return fromWireError(body.data.error);
  return fail('message-malformed', {
    details: { reason: `status ${answer.statusCode ?? 0} without an error` },
  });
}

/** A proxy answers with a page, and Node refuses a request with no body at all: then the status has to say it. */
function jsonIfAny(body: Buffer): unknown {
  try {
    return parseJson(body);
  } catch {
    return undefined;
  }
}
