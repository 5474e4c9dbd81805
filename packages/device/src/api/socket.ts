import { chmodSync, closeSync, constants, openSync, rmSync } from 'node:fs';
import { connect, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { fail } from '../errors/index.ts';

/** The longest path that a Unix socket may have everywhere, in bytes. */
const longestPath = 100;
const socketName = 'agent.sock';

/**
 * Does something with the path of the agent's socket. A data folder may lie deeper than a socket's path may be long:
 * then Linux is given the folder by its descriptor.
 */
function withPath<T>(folder: string, use: (path: string, done: () => void) => T): T {
  const path = join(folder, socketName);
  if (Buffer.byteLength(path) <= longestPath || process.platform !== 'linux') return use(path, () => {});
  const descriptor = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  return use(`/proc/self/fd/${descriptor}/${socketName}`, () => closeSync(descriptor));
}

/** A connection to the agent of this data folder. @throws agent-not-running */
export function connectAgent(folder: string): Promise<Socket> {
  return withPath(
    folder,
    (path, done) =>
      new Promise<Socket>((resolve, reject) => {
        const socket = connect(path);
        socket.once('connect', () => {
          done();
          socket.off('error', failed);
          socket.on('error', () => {});
          resolve(socket);
        });
        const failed = (cause: Error): void => {
          done();
          reject(fail('agent-not-running', { cause }));
        };
        socket.once('error', failed);
      }),
  );
}

/** @throws agent-running when another agent answers on this data folder */
export async function mustBeAlone(folder: string): Promise<void> {
  const other = await connectAgent(folder).catch(() => undefined);
  if (!other) return;
  other.destroy();
  throw fail('agent-running');
}

/** Lets `server` listen on the agent's socket, 0600 in its 0700 folder. @throws agent-running */
export async function listenOnSocket(server: Server, folder: string): Promise<void> {
  await mustBeAlone(folder);
  await withPath(
    folder,
    (path, done) =>
      new Promise<void>((resolve, reject) => {
        rmSync(join(folder, socketName), { force: true });
        server.once('error', reject);
        server.listen(path, () => {
          chmodSync(join(folder, socketName), 0o600);
          done();
          resolve();
        });
      }),
  );
}
