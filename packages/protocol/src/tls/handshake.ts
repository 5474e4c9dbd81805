import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import type { Clock } from '../environment/index.ts';
import { fail } from '../errors/protocol.ts';
import { tlsFailure } from './failure.ts';
import { endOnError, handshakeMs } from './settings.ts';

/**
 * Waits until a client's handshake is done and `judge` found the peer good, and owns every way in which that can fail:
 * an error, the end of the connection, the deadline, the caller's signal. In each both streams are destroyed.
 */
export function whenSecure<T>(
  stream: Duplex,
  socket: TLSSocket,
  options: { readonly clock: Clock; readonly signal?: AbortSignal | undefined },
  judge: () => T,
): Promise<T> {
  const { clock, signal } = options;
  endOnError(socket);
  return new Promise<T>((resolve, reject) => {
    const settle = (act: () => void): void => {
      deadline.cancel();
      signal?.removeEventListener('abort', onAbort);
      socket.off('secureConnect', onSecure).off('error', onError).off('close', onClose);
      stream.off('close', onClose);
      act();
    };
    const giveUp = (error: unknown): void =>
      settle(() => {
        socket.destroy();
        stream.destroy();
        reject(error);
      });
    const onSecure = (): void => {
      try {
        const value = judge();
        settle(() => resolve(value));
      } catch (error) {
        giveUp(tlsFailure(error));
      }
    };
    const onError = (error: Error): void => giveUp(tlsFailure(error));
    const onClose = (): void => giveUp(fail('connection-lost'));
    const onAbort = (): void => giveUp(signal?.reason);
    const deadline = clock.after(handshakeMs, () =>
      giveUp(fail('timed-out', { details: { seconds: handshakeMs / 1_000 } })),
    );
    socket.on('secureConnect', onSecure).on('error', onError).on('close', onClose);
    stream.on('close', onClose);
    signal?.addEventListener('abort', onAbort);
    if (signal?.aborted) onAbort();
    else if (stream.destroyed) onClose();
  });
}
