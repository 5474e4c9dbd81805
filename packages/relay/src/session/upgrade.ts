import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Clock } from '@sallyport/protocol/environment';
import { type SallyportError, toWireError } from '@sallyport/protocol/errors';
import { refusedCloseMs } from '../limits.ts';

/** Says yes to `Upgrade: sallyport-session`. From here on the stream carries the session's bytes. */
export function switchProtocols(stream: Duplex, headers: { readonly [name: string]: string } = {}): void {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  stream.write(
    `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: sallyport-session\r\n${lines.join('')}\r\n`,
  );
}

/**
 * Says no: the row's status, and the error as JSON; then closes. Nobody else watches an upgraded stream any more: one
 * whose other side does not close in its turn is closed for it.
 */
export function refuseUpgrade(stream: Duplex, error: SallyportError, clock: Clock): void {
  if (stream.destroyed) return;
  const { http } = error.row;
  const body = JSON.stringify({ error: toWireError(error) });
  stream.end(
    `HTTP/1.1 ${http} ${STATUS_CODES[http] ?? 'Error'}\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
  stream.resume();
  const timer = clock.after(refusedCloseMs, () => stream.destroy());
  stream.on('close', () => timer.cancel());
}
