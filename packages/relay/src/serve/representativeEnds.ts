import { notifyNodes } from '../bus/index.ts';
import { representativeEndMs } from '../limits.ts';
import { endRepresentatives, someoneEnded } from '../representatives/index.ts';
import type { Node } from './context.ts';
import { every } from './every.ts';

/**
 * Revokes representatives whose time is over, within a second of it.
 *
 * @param told looks for revocations at this node, now
 * @returns stops it
 */
export function watchRepresentativeEnds(node: Node, told: () => void): () => void {
  const { store, clock, log, host, state } = node;
  let looking = false;
  async function look(): Promise<void> {
    if (!(await someoneEnded(store.db, clock.wallMs()))) return;
    const ended = await store.db
      .transaction()
      .execute((writes) => endRepresentatives(writes, clock.wallMs(), `node/${host}`));
    if (ended.length === 0) return;
    told();
    await notifyNodes(store);
  }
  return every(clock, representativeEndMs, () => {
    if (looking || state.databaseLost || state.stopped) return;
    looking = true;
    look()
      .catch((error) => log.warn('representative-end-failed-1', { error }))
      .finally(() => {
        looking = false;
      });
  });
}
