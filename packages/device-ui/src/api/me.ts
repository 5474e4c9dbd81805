import {
  queryOptions,
  type UseMutationResult,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import { answerOf, client } from './client.ts';
import type { paths } from './schema.d.ts';

export type Me = paths['/v1/me']['get']['responses'][200]['content']['application/json'];
export type Account = NonNullable<Me['me']>;

export const meKey = ['me'] as const;

/** Who looks at the page, if they said so; and whose device it is. */
export const meQuery = queryOptions({
  queryKey: meKey,
  queryFn: () => answerOf(client.GET('/v1/me')),
  staleTime: Number.POSITIVE_INFINITY,
});

export const useMe = () => useQuery(meQuery);

/** A request that tells who the visitor is from now on. Nothing that another one saw is shown to them. */
export function useBecome<Input>(ask: (input: Input) => Promise<Me>): UseMutationResult<Me, Error, Input> {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: ask,
    onSuccess: (me) => {
      cache.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== meKey[0] });
      cache.setQueryData(meKey, me);
    },
  });
}

export const useSignOut = () =>
  useBecome(async () => {
    await answerOf(client.POST('/v1/sign-out'));
    return answerOf(client.GET('/v1/me'));
  });
