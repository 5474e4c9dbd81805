/** Runs a bounded number of things at once. */
export type Crew = {
  /** Waits until there is room, starts `act`, and does not wait for its end. What it throws is kept for `done`. */
  start(act: () => Promise<void>): Promise<void>;
  /** Resolves when all that was started has ended. @throws the first failure */
  done(): Promise<void>;
};

export function makeCrew(limit: number): Crew {
  const running = new Set<Promise<void>>();
  let failure: { error: unknown } | undefined;
  return {
    start: async (act) => {
      while (running.size >= limit) await Promise.race(running);
      if (failure) throw failure.error;
      const run = act()
        .catch((error: unknown) => {
          failure ??= { error };
        })
        .finally(() => running.delete(run));
      running.add(run);
    },
    done: async () => {
      await Promise.all(running);
      if (failure) throw failure.error;
    },
  };
}
