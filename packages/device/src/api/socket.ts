import { chmodSync, rmSync } from 'node:fs';
import { connect, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { fail } from '../errors/index.ts';
import { withSocketPath } from './socketPath.ts';

const socketName = 'agent.sock';

/** A connection to the agent of this data folder. @throws agent-not-running */
export function connectAgent(folder: string): Promise<Socket> {
  return withSocketPath(
    folder,
    socketName,
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
  await withSocketPath(
    folder,
    socketName,
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
