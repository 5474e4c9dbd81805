import { AsyncLocalStorage } from 'node:async_hooks';
import type { Duplex } from 'node:stream';
import { createServer, type TLSSocket, type TlsOptions } from 'node:tls';
import type { Clock } from '../environment/index.ts';
import { fail } from '../errors/protocol.ts';
import type { SallyportError } from '../errors/table.ts';
import { tlsFailure } from './failure.ts';
import { endOnError, handshakeMs, ignoreErrors } from './settings.ts';

type Attempt = {
  readonly secure: (socket: TLSSocket) => void;
  readonly failed: (error: SallyportError) => void;
};

/** A TLS server without a listener: it is given its streams, and hands out each when `judge` let its client in. */
export function serveStreams<P>(options: {
  readonly endpoint: () => TlsOptions;
  /** Throws for a client that is not let in. */
  readonly judge: (socket: TLSSocket) => P;
  readonly clock: Clock;
}): { accept(stream: Duplex): Promise<{ socket: TLSSocket; peer: P }>; refresh(): void } {
  const { endpoint, judge, clock } = options;
  // Which of our calls a socket belongs to: the server's events do not say, and each call's context reaches them.
  const attempts = new AsyncLocalStorage<Attempt>();
  // The deadline is ours, by the clock that was passed in.
  const server = createServer({ ...endpoint(), handshakeTimeout: 0 });
  server.on('secureConnection', (socket) => {
    const attempt = attempts.getStore();
    if (attempt) attempt.secure(socket);
    else socket.destroy();
  });
  server.on('tlsClientError', (error) => attempts.getStore()?.failed(tlsFailure(error)));
  return {
    accept: (stream) =>
      acceptOne(stream, clock, judge, (attempt) => {
        attempts.run(attempt, () => server.emit('connection', stream));
      }),
    refresh: () => server.setSecureContext(endpoint()),
  };
}

/**
 * Waits until the handshake of a client is done and `judge` let it in, and owns every way in which that can fail: a
 * refusal, the end of the connection, the deadline. In each, `stream` is destroyed.
 */
function acceptOne<P>(
  stream: Duplex,
  clock: Clock,
  judge: (socket: TLSSocket) => P,
  start: (attempt: Attempt) => void,
): Promise<{ socket: TLSSocket; peer: P }> {
  ignoreErrors(stream);
  return new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      deadline.cancel();
      stream.off('close', onClose);
      act();
    };
    const failed = (error: SallyportError): void =>
      settle(() => {
        // A last alert may wait to be written: it tells the client what was wrong.
        stream.end(() => stream.destroy());
        const lastChance = clock.after(1_000, () => stream.destroy());
        stream.once('close', () => lastChance.cancel());
        reject(error);
      });
    const onClose = (): void => settle(() => reject(fail('connection-lost')));
    const deadline = clock.after(handshakeMs, () =>
      settle(() => {
        stream.destroy();
        reject(fail('timed-out', { details: { seconds: handshakeMs / 1_000 } }));
      }),
    );
    const secure = (socket: TLSSocket): void => {
      endOnError(socket);
      try {
        const peer = judge(socket);
        settle(() => resolve({ socket, peer }));
      } catch (error) {
        settle(() => {
          socket.destroy();
          stream.destroy();
          reject(tlsFailure(error));
        });
      }
    };
    stream.on('close', onClose);
    if (stream.destroyed) onClose();
    else start({ secure, failed });
  });
}
