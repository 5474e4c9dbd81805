import { setTimeout as sleep } from 'node:timers/promises';
// Not by the folder's index: terminals and all else that starts programs would take memory for nothing.
import { endLeftovers } from '../processes/containment.ts';
import { isMarkOfDeadAgent } from '../processes/procfs.ts';

/** The agent that a watchdog watches: its pid, and the mark that its sessions' processes bear. */
export type WatchedAgent = { readonly pid: number; readonly mark: string };

const goneMs = 5_000;
/** So long it is tried to store the end: meanwhile there may be no descriptor, or the disk may be full. */
const storeMs = 5_000;
const againMs = 100;

/**
 * Kills an agent that hangs, then every process of its sessions: it first, so that it starts none in between. The end
 * of the grant is stored meanwhile, and also when a process does not end.
 *
 * @param store undefined where the grant goes on
 * @throws what failed first, after all was tried
 */
export async function endAgent(
  agent: WatchedAgent,
  store?: { readonly folder: string; readonly reason: 'disabled' | 'expired' },
  endProcesses: () => Promise<unknown> = endLeftovers,
): Promise<void> {
  await killAgent(agent);
  const done = await Promise.allSettled([
    store && storePatiently(store.folder, store.reason),
    endProcesses(),
  ]);
  for (const one of done) if (one.status === 'rejected') throw one.reason;
}

async function killAgent({ pid, mark }: WatchedAgent): Promise<void> {
  const until = performance.now() + goneMs;
  for (;;) {
    const gone = isGone(mark);
    if (gone) return;
    if (performance.now() > until) throw new Error(`the agent ${pid} does not end`);
    if (gone === false) kill(pid);
    await sleep(5);
  }
}

/** Undefined when there is no way to know: its number may belong to another process by now, so it is not killed then. */
function isGone(mark: string): boolean | undefined {
  try {
    return isMarkOfDeadAgent(mark);
  } catch {
    return undefined;
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended in this moment.
  }
}

async function storePatiently(folder: string, reason: 'disabled' | 'expired'): Promise<void> {
  for (const until = performance.now() + storeMs; ; await sleep(againMs)) {
    try {
      return await storeEnd(folder, reason);
    } catch (error) {
      if (performance.now() > until) throw error;
    }
  }
}

/**
 * Writes down that the grant is over, in place of the agent that cannot: its next start must not take it up again.
 * What takes memory is loaded only now.
 */
async function storeEnd(folder: string, reason: 'disabled' | 'expired'): Promise<void> {
  const { openState } = await import('../state/index.ts');
  const { step } = await import('../grant/index.ts');
  const { systemRandom } = await import('@sallyport/runtime/random');
  const state = openState(folder, systemRandom);
  try {
    const before = state.grants.load();
    if (before.at !== 'waiting' && before.at !== 'open') return;
    const span = { ...before.grant.span, leftMs: 0 };
    const { state: after, effects } = step(
      before,
      reason === 'disabled' ? { type: 'disable', by: 'root' } : { type: 'elapsed', span },
    );
    state.transaction(() => {
      state.grants.save(after, Date.now());
      state.audit.append('agent-killed-1', { reason }, Date.now());
      for (const effect of effects)
        if (effect.do === 'record') state.audit.append(effect.event, effect.fields, Date.now());
    });
  } finally {
    state.close();
  }
}
