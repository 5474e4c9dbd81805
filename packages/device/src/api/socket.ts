import { chmodSync, rmSync } from 'node:fs';
import { connect, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { SallyportError } from '@sallyport/protocol/errors';
import { fail } from '../errors/index.ts';
import { isNobody, withSocketPath } from './socketPath.ts';

const socketName = 'agent.sock';

/** A connection to the agent of this data folder. @throws agent-not-running, agent-unreachable */
export async function connectAgent(folder: string): Promise<Socket> {
  try {
    return await withSocketPath(folder, socketName, connectTo);
  } catch (cause) {
    if (isNobody(cause)) throw fail('agent-not-running', { cause });
    const reason = (cause as NodeJS.ErrnoException).code ?? 'unknown';
    throw fail('agent-unreachable', { details: { reason }, cause });
  }
}

function connectTo(path: string, done: () => void): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once('connect', () => {
      done();
      socket.off('error', failed);
      socket.on('error', () => {});
      resolve(socket);
    });
    const failed = (error: Error): void => {
      done();
      reject(error);
    };
    socket.once('error', failed);
  });
}

/**
 * Only who is not there does not answer: one that takes no connection at the moment is still there, and nothing of its
 * folder may be touched.
 *
 * @throws agent-running when another agent answers on this data folder; agent-unreachable when it may be there
 */
export async function mustBeAlone(folder: string): Promise<void> {
  let other: Socket;
  try {
    other = await connectAgent(folder);
  } catch (error) {
    if (error instanceof SallyportError && error.code === 'agent-not-running') return;
    throw error;
  }
  other.destroy();
  throw fail('agent-running');
}

/** Lets `server` listen on the agent's socket, 0600 in its 0700 folder. @throws agent-running, agent-unreachable */
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
          server.off('error', reject);
          // A connection that could not be taken, as for want of a descriptor: who asked asks again.
          server.on('error', () => {});
          resolve();
        });
      }),
  );
}
