import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

/** A TCP service on the device's side that says back what it hears. */
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
