import { type QueryClient, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { answerOf, client } from '../api/client.ts';
import type { paths } from '../api/schema.d.ts';
import { settingsKey } from './settings.ts';

type Answer = paths['/v1/web/trial']['get']['responses'][200]['content']['application/json'];
export type WebWish = NonNullable<
  paths['/v1/web/trial']['post']['requestBody']
>['content']['application/json'];
/** A change of the web interface, and when the page learned of it on its own monotonic clock. */
export type WebTrial = Answer & { readonly heardAt: number };

const key = ['web-trial'] as const;
const heard = (trial: Answer): WebTrial => ({ ...trial, heardAt: performance.now() });

/** Asks anew: whether this page can confirm a change is known to its own request alone. */
export function askWebTrial(cache: QueryClient): void {
  void cache.invalidateQueries({ queryKey: key });
  void cache.invalidateQueries({ queryKey: settingsKey });
}

export const useWebTrial = () =>
  useQuery({ queryKey: key, queryFn: async () => heard(await answerOf(client.GET('/v1/web/trial'))) });

export function useBeginWebTrial() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (body: WebWish) => answerOf(client.POST('/v1/web/trial', { body })),
    onSuccess: () => askWebTrial(cache),
  });
}

/** Confirms the change, or takes it back. */
export function useEndWebTrial() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: ({ id, keep }: { readonly id: string; readonly keep: boolean }) => {
      const params = { params: { path: { id } } };
      return answerOf<Answer, unknown>(
        keep
          ? client.POST('/v1/web/trial/{id}/confirm', params)
          : client.DELETE('/v1/web/trial/{id}', params),
      );
    },
    onSettled: () => askWebTrial(cache),
  });
}
