import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';

/** A TCP service on the device's side that says back what it hears, also after the other side has ended. */
export type Echo = { readonly port: number; close(): void };

export async function startEcho(): Promise<Echo> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {});
    socket.pipe(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, close: () => server.close() };
}

/** Says `text` to a port of this computer, and ends. @returns all that is said back */
export async function sayTo(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.end(text);
  let heard = '';
  for await (const chunk of socket.setEncoding('utf8')) heard += chunk;
  return heard;
}
