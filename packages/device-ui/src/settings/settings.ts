import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { answerOf, client } from '../api/client.ts';
import type { paths } from '../api/schema.d.ts';
import { choicesKey } from '../remoteSupport/actions.ts';

export type Settings = paths['/v1/settings']['get']['responses'][200]['content']['application/json'];
export type SettingsChange = NonNullable<
  paths['/v1/settings']['patch']['requestBody']
>['content']['application/json'];

export const settingsKey = ['settings'] as const;

export const useSettings = () =>
  useQuery({ queryKey: settingsKey, queryFn: () => answerOf(client.GET('/v1/settings')) });

/** Changes what is named, and leaves the rest as it is. */
export function useChangeSettings() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (body: SettingsChange) => answerOf(client.PATCH('/v1/settings', { body })),
    onSuccess: (settings) => {
      cache.setQueryData(settingsKey, settings);
      void cache.invalidateQueries({ queryKey: choicesKey });
    },
  });
}
