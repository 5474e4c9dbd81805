import { DatabaseSync } from 'node:sqlite';
import { fail } from '../errors/index.ts';
import { storeUnreachable } from '../store/index.ts';

const sqliteBusy = 5;

/**
 * Makes sure that a node is served by one process on this machine: two would each believe to hold its tunnels. The lock
 * is SQLite's own on a file, so the kernel takes it back when the process dies, however it dies.
 *
 * @returns what gives the lock back
 * @throws relay-running; store-unreachable where the file cannot be used
 */
export function lockNode(file: string): () => void {
  let lock: DatabaseSync | undefined;
  try {
    lock = new DatabaseSync(file, { timeout: 0 });
    lock.exec('begin exclusive');
    return () => lock?.close();
  } catch (cause) {
    lock?.close();
    throw (cause as { errcode?: number }).errcode === sqliteBusy
      ? fail('relay-running', { cause })
      : storeUnreachable(cause);
  }
}
