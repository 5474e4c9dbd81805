import { type ClientRequest, request as httpRequest, type RequestOptions } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Clock } from '@sallyport/protocol/environment';
import { fail, SallyportError } from '@sallyport/protocol/errors';

export type ExchangeOptions = {
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
  /** For all of it, in milliseconds. */
  readonly timeoutMs: number;
};

/**
 * One HTTP/1.1 exchange on a connection that is there already, with one owner for all that can go wrong: the deadline,
 * the signal, an error, the end of the connection. In each the connection is destroyed.
 */
export function exchange<T>(
  connection: Duplex,
  options: ExchangeOptions,
  head: Pick<RequestOptions, 'method' | 'path' | 'headers'>,
  run: (request: ClientRequest) => Promise<T>,
): Promise<T> {
  const { clock, signal, timeoutMs } = options;
  connection.on('error', () => {});
  return new Promise<T>((resolve, reject) => {
    const settle = (act: () => void): void => {
      deadline.cancel();
      signal?.removeEventListener('abort', onAbort);
      connection.off('close', onClose);
      act();
    };
    const giveUp = (error: unknown): void =>
      settle(() => {
        connection.destroy();
        reject(error instanceof SallyportError || error === signal?.reason ? error : lost(error));
      });
    const onAbort = (): void => giveUp(signal?.reason);
    const onClose = (): void => {
      // What arrived before the end may hold the whole answer, and is still being read: let it come first.
      setImmediate(() => setImmediate(() => giveUp(fail('connection-lost'))));
    };
    const deadline = clock.after(timeoutMs, () =>
      giveUp(fail('timed-out', { details: { seconds: timeoutMs / 1_000 } })),
    );
    signal?.addEventListener('abort', onAbort);
    connection.on('close', onClose);
    if (signal?.aborted) return onAbort();
    if (connection.destroyed) return giveUp(fail('connection-lost'));
    const request = httpRequest({
      ...head,
      // No agent: one would make a connection of its own (`agent: false` does too), and forget this one.
      createConnection: () => connection,
      maxHeaderSize: 16 * 1024,
    });
    request.on('error', giveUp);
    return run(request).then((value) => settle(() => resolve(value)), giveUp);
  });
}

const lost = (cause: unknown): SallyportError => {
  const code = (cause as NodeJS.ErrnoException | undefined)?.code ?? '';
  if (code.startsWith('HPE_')) {
    return fail('message-malformed', { details: { reason: 'not an answer in HTTP/1.1' }, cause });
  }
  return fail('connection-lost', { cause });
};
