import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type SallyportError, toWireError } from '@sallyport/protocol/errors';

/** Says yes to `Upgrade: sallyport-session`. From here on the stream carries the session's bytes. */
export function switchProtocols(stream: Duplex, headers: { readonly [name: string]: string } = {}): void {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  stream.write(
    `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: sallyport-session\r\n${lines.join('')}\r\n`,
  );
}

/** Says no: the row's status, and the error as JSON; then closes. */
export function refuseUpgrade(stream: Duplex, error: SallyportError): void {
  const { http } = error.row;
  const body = JSON.stringify({ error: toWireError(error) });
  stream.end(
    `HTTP/1.1 ${http} ${STATUS_CODES[http] ?? 'Error'}\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
  stream.resume();
}
