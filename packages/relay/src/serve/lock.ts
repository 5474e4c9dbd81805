import { DatabaseSync } from 'node:sqlite';
import { fail } from '../errors/index.ts';

/**
 * Makes sure that a node is served by one process on this machine: two would each believe to hold its tunnels. The lock
 * is SQLite's own on a file, so the kernel takes it back when the process dies, however it dies.
 *
 * @returns what gives the lock back
 * @throws relay-running
 */
export function lockNode(file: string): () => void {
  const lock = new DatabaseSync(file, { timeout: 0 });
  try {
    lock.exec('begin exclusive');
  } catch (cause) {
    lock.close();
    throw fail('relay-running', { cause });
  }
  return () => lock.close();
}
