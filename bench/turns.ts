/** Runs what is compared in turn, so that what the machine does meanwhile weighs on all alike. */

export type Subjects<Name extends string, Value> = { readonly [name in Name]: () => Promise<Value> };

/**
 * Runs each subject `repetitions` times: one after the other, in the other order every second time. The first run of
 * each is not counted when `warmUp`: caches, compiled code and connections are as cold then as they never are again.
 */
export async function inTurns<Name extends string, Value>(
  subjects: Subjects<Name, Value>,
  repetitions: number,
  warmUp = true,
): Promise<{ [name in Name]: Value[] }> {
  const names = Object.keys(subjects) as Name[];
  const values = Object.fromEntries(names.map((name) => [name, []])) as unknown as {
    [name in Name]: Value[];
  };
  for (let turn = warmUp ? -1 : 0; turn < repetitions; turn += 1) {
    for (const name of turn % 2 === 0 ? names : names.toReversed()) {
      const value = await subjects[name]();
      if (turn >= 0) values[name].push(value);
    }
  }
  return values;
}
