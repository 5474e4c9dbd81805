import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { answerOf, client } from '../api/client.ts';

export const connectionTestKey = ['connection-test'] as const;

/** The test that runs or ran last, and those before it. The live stream writes the first. */
export const useConnectionTests = () =>
  useQuery({
    queryKey: connectionTestKey,
    queryFn: () => answerOf(client.GET('/v1/connection-test')),
    staleTime: Number.POSITIVE_INFINITY,
  });

export function useTest() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: () => answerOf(client.POST('/v1/connection-test', { body: {} })),
    onSuccess: () => cache.invalidateQueries({ queryKey: connectionTestKey }),
  });
}
