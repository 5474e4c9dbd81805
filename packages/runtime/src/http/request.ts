import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { answerCap } from '@sallyport/protocol/enrolment';
import { parseFields, parseJson } from '@sallyport/protocol/wire';
import type { z } from 'zod';
import { errorOf, readBody } from './answer.ts';
import { type ExchangeOptions, exchange } from './exchange.ts';

export type RequestOptions<S extends z.ZodType> = ExchangeOptions & {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  /** The host as the other side knows it, for the `Host` header. */
  readonly host: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** What the answer has to be. */
  readonly answer: S;
  /** The largest answer, in bytes; 8 MiB if left out. */
  readonly capBytes?: number;
};

/**
 * Asks once over a connection that is there already (of `connectTls`, or a Unix socket), and closes it.
 *
 * @throws the error that the other side answers, message-malformed, message-too-large, connection-lost, timed-out, or
 * the signal's reason
 */
export async function request<S extends z.ZodType>(
  connection: Duplex,
  options: RequestOptions<S>,
): Promise<z.output<S>> {
  const { method = 'GET', path, host, answer, capBytes = answerCap } = options;
  const body = options.body === undefined ? undefined : Buffer.from(JSON.stringify(options.body));
  const headers = {
    host,
    accept: 'application/json',
    connection: 'close',
    ...(body ? { 'content-type': 'application/json', 'content-length': body.length } : {}),
  };
  try {
    return await exchange(connection, options, { method, path, headers }, async (outgoing) => {
      outgoing.end(body);
      const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
      if ((incoming.statusCode ?? 0) >= 400) throw await errorOf(incoming);
      return parseFields(answer, parseJson(await readBody(incoming, capBytes)));
    });
  } finally {
    connection.destroy();
  }
}
