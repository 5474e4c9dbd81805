import type { State } from '../state/index.ts';
import { type ConnectionTest, connectionTestSchema } from './view.ts';

/** The tests that are kept, the newest first. One of another version that reads otherwise is left out. */
export function testHistory(state: Pick<State, 'connectionTests'>): ConnectionTest[] {
  return state.connectionTests.list().flatMap((text) => {
    try {
      const { data } = connectionTestSchema.safeParse(JSON.parse(text));
      return data ? [data] : [];
    } catch {
      return [];
    }
  });
}

/** Keeps a test; one that is there already, and the newest, is what it is now: its held connections came in later. */
export function keepTest(state: Pick<State, 'connectionTests'>, test: ConnectionTest): void {
  const [newest, ...older] = testHistory(state);
  if (newest?.id === test.id) state.connectionTests.replaceNewest(JSON.stringify(test));
  else if (!older.some(({ id }) => id === test.id)) state.connectionTests.add(JSON.stringify(test));
}
