import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { fail } from '@sallyport/protocol/errors';
import { errorOf } from './answer.ts';
import { type ExchangeOptions, exchange } from './exchange.ts';

/** The `Upgrade` of both halves of a session. */
export const sessionProtocol = 'sallyport-session';

export type UpgradeOptions = ExchangeOptions & {
  readonly path: string;
  readonly host: string;
  readonly protocol?: string;
};

/**
 * Turns a connection into a raw byte stream by an HTTP/1.1 Upgrade. Bytes that came right behind the answer are put
 * back, and an 'error' listener stays on the stream, so that an RST does not end the process.
 *
 * @throws the error that the other side answers, message-malformed, connection-lost, timed-out, or the signal's reason
 */
export function upgrade(
  connection: Duplex,
  options: UpgradeOptions,
): Promise<{ socket: Duplex; headers: IncomingHttpHeaders }> {
  const { path, host, protocol = sessionProtocol } = options;
  const headers = { host, connection: 'Upgrade', upgrade: protocol };
  return exchange(
    connection,
    options,
    { method: 'GET', path, headers },
    (outgoing) =>
      new Promise((resolve, reject) => {
        outgoing.once('upgrade', (answer: IncomingMessage, socket: Duplex, head: Buffer) => {
          socket.on('error', () => {});
          if (head.length > 0) socket.unshift(head);
          if (answer.headers.upgrade?.toLowerCase() !== protocol) {
            reject(fail('message-malformed', { details: { reason: 'an upgrade to another protocol' } }));
          } else {
            resolve({ socket, headers: answer.headers });
          }
        });
        outgoing.once('response', (answer) => {
          if ((answer.statusCode ?? 0) >= 400) errorOf(answer).then(reject, reject);
          else reject(fail('message-malformed', { details: { reason: 'no upgrade was made' } }));
        });
        outgoing.end();
      }),
  );
}
