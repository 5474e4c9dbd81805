import type { Failures, Lockouts } from '../state/index.ts';

/** Failures that are in memory only, while the disk takes none; the oldest are forgotten beyond. */
const heldLockouts = 1_000;

/** Failed sign-ins count also while they cannot be stored, as on a full disk: guessing must not be free then. */
export function alsoInMemory(stored: Lockouts): Lockouts {
  const held = new Map<string, Failures>();
  const hold = (who: string, failures: Failures): void => {
    held.delete(who);
    held.set(who, failures);
    const [oldest] = held.keys();
    if (held.size > heldLockouts && oldest !== undefined) held.delete(oldest);
  };
  return {
    find: (who) => held.get(who) ?? stored.find(who),
    set(who, failures) {
      try {
        stored.set(who, failures);
        held.delete(who);
      } catch {
        hold(who, failures);
      }
    },
    forget(who) {
      try {
        stored.forget(who);
        held.delete(who);
      } catch {
        hold(who, { count: 0, bootId: '', lastMs: 0 });
      }
    },
  };
}

/** Does what makes a sign-in better and not possible: a full disk keeps nobody from signing in, to disable what is enabled. */
export function ifItCan(store: () => void): void {
  try {
    store();
  } catch {
    // The agent's status says that it cannot write.
  }
}
