import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { answerOf, client } from '../api/client.ts';
import type { paths } from '../api/schema.d.ts';

type Answer = paths['/v1/connection-test']['get']['responses'][200]['content']['application/json'];
export type ConnectionTest = NonNullable<Answer['newest']>;
export type Way = ConnectionTest['ways'][number];
export type Port = ConnectionTest['ports'][number];
export type Advice = ConnectionTest['advice'][number];

export const connectionTestKey = ['connection-test'] as const;

/** The test that runs or ran last, and those before it. The live stream writes the first. */
export const useConnectionTests = () =>
  useQuery({
    queryKey: connectionTestKey,
    queryFn: () => answerOf(client.GET('/v1/connection-test')),
    staleTime: Number.POSITIVE_INFINITY,
  });

/** What an answer becomes when the stream tells of a test: a new one moves the one before it into the history. */
export function withNewest(known: Answer | undefined, newest: ConnectionTest): Answer | undefined {
  if (!known) return undefined;
  const before = known.newest;
  const moved = before && before.id !== newest.id && !known.history.some(({ id }) => id === before.id);
  return { newest, history: moved ? [before, ...known.history] : known.history };
}

export function useTest() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: () => answerOf(client.POST('/v1/connection-test', { body: {} })),
    onSuccess: () => cache.invalidateQueries({ queryKey: connectionTestKey }),
  });
}
