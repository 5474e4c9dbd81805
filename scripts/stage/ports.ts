import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Whether a server may listen on this loopback port now. */
function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** The first free loopback port from `first` on. @throws if a hundred in a row are taken */
export async function freePortFrom(first: number, without: readonly number[] = []): Promise<number> {
  for (let port = first; port < first + 100; port += 1) {
    if (!without.includes(port) && (await isFree(port))) return port;
  }
  throw new Error(`Ports ${first} to ${first + 99} are all in use. End what uses them, and try again.`);
}

/**
 * Free loopback ports, all different. Drawn from below the range that Linux gives to outgoing connections (from 32,768),
 * so that none of those takes one while whoever listens on it is started again.
 */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) {
    const port = randomInt(20_000, 32_000);
    if (await isFree(port)) ports.add(port);
  }
  return [...ports];
}
