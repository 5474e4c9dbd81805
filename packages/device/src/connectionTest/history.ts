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

export function keepTest(state: Pick<State, 'connectionTests'>, test: ConnectionTest): void {
  state.connectionTests.add(JSON.stringify(test));
}
