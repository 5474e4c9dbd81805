import type { paths } from '../api/schema.d.ts';

/** What `GET /v1/connection-test` answers. */
type Answer = paths['/v1/connection-test']['get']['responses'][200]['content']['application/json'];
export type ConnectionTest = NonNullable<Answer['newest']>;
export type Way = ConnectionTest['ways'][number];
export type Port = ConnectionTest['ports'][number];
export type Advice = ConnectionTest['advice'][number];

/** What an answer becomes when the stream tells of a test: a new one moves the one before it into the history. */
export function withNewest(known: Answer | undefined, newest: ConnectionTest): Answer | undefined {
  if (!known) return undefined;
  const before = known.newest;
  const moved = before && before.id !== newest.id && !known.history.some(({ id }) => id === before.id);
  return { newest, history: moved ? [before, ...known.history] : known.history };
}
