import { type QueryClient, queryOptions, useQuery } from '@tanstack/react-query';
import { answerOf, client, type Status } from './client.ts';

/** The state of the agent, and when it came, on the page's own monotonic clock. */
export type Known = { readonly status: Status; readonly at: number };

export const statusKey = ['status'] as const;

export const known = (status: Status): Known => ({ status, at: performance.now() });

export const keepStatus = (cache: QueryClient, status: Status): void =>
  void cache.setQueryData<Known>(statusKey, known(status));

/** How Remote Support stands. The live stream writes it; nothing polls it. */
export const statusQuery = queryOptions({
  queryKey: statusKey,
  queryFn: async () => known(await answerOf(client.GET('/v1/status'))),
  staleTime: Number.POSITIVE_INFINITY,
});

export const useStatus = () => useQuery(statusQuery);
