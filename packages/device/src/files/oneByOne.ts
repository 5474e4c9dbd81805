/** Does one thing after another for each key, and things of different keys side by side. */
export type OneByOne<K extends object> = (key: K, act: () => Promise<void>) => Promise<void>;

/** The order is that of the calls. What one throws is told to its own caller, and does not hold up the next. */
export function oneByOne<K extends object>(): OneByOne<K> {
  const last = new WeakMap<K, Promise<void>>();
  return (key, act) => {
    const turn = (last.get(key) ?? Promise.resolve()).then(act);
    last.set(
      key,
      turn.catch(() => {}),
    );
    return turn;
  };
}
