import { type QueryClient, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { answerOf, client } from '../api/client.ts';
import type { paths } from '../api/schema.d.ts';

export type Network = paths['/v1/network']['get']['responses'][200]['content']['application/json'];
export type Interface = Network['interfaces'][number];
export type Gateway = Network['gateways'][number];
export type Wish = NonNullable<
  paths['/v1/network/trial']['post']['requestBody']
>['content']['application/json'];
export type Trial = paths['/v1/network/trial']['get']['responses'][200]['content']['application/json'];
/** A trial, and when the page learned of it on its own monotonic clock. */
export type KnownTrial = Trial & { readonly heardAt: number };

const networkKey = ['network'] as const;
const trialKey = ['network-trial'] as const;

/** The network as the device has it at the moment. */
export const useNetwork = () =>
  useQuery({ queryKey: networkKey, queryFn: () => answerOf(client.GET('/v1/network')) });

const heard = (trial: Trial): KnownTrial => ({ ...trial, heardAt: performance.now() });

/** Writes what the device told of a change of its network, which then is another one. */
export function keepTrial(cache: QueryClient, trial: Trial): void {
  cache.setQueryData(trialKey, heard(trial));
  void cache.invalidateQueries({ queryKey: networkKey });
}

/** The change that waits to be confirmed, and how the last one ended. */
export const useTrial = () =>
  useQuery({
    queryKey: trialKey,
    queryFn: async () => heard(await answerOf(client.GET('/v1/network/trial'))),
  });

export const useBeginTrial = () =>
  useMutation({
    mutationFn: (body: Wish) => answerOf(client.POST('/v1/network/trial', { body })),
  });

/** Confirms the change, or takes it back. */
export function useEndTrial() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: ({ id, keep }: { readonly id: string; readonly keep: boolean }) => {
      const params = { params: { path: { id } } };
      return answerOf<Trial, unknown>(
        keep
          ? client.POST('/v1/network/trial/{id}/confirm', params)
          : client.DELETE('/v1/network/trial/{id}', params),
      );
    },
    onSuccess: (trial) => keepTrial(cache, trial),
  });
}
