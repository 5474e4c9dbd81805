import {
  queryOptions,
  type UseMutationResult,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import { answerOf, client, type Status } from '../api/client.ts';
import type { paths } from '../api/schema.d.ts';
import { keepStatus } from '../api/status.ts';

export type Wish = {
  readonly forMs: number;
  readonly scopes: readonly string[];
  readonly approval: boolean;
  readonly reference?: string | undefined;
};

export type Choices = paths['/v1/choices']['get']['responses'][200]['content']['application/json'];
export type RunAs = Choices['runAs'];

export const choicesKey = ['choices'] as const;

/** What was chosen the last time, and what can be chosen on this device. */
export const choicesQuery = queryOptions({
  queryKey: choicesKey,
  queryFn: () => answerOf(client.GET('/v1/choices')),
  staleTime: Number.POSITIVE_INFINITY,
});

export const useChoices = () => useQuery(choicesQuery);

const passwordKey = ['live', 'password'] as const;

/** The one-time password of now. It is asked anew whenever the state has changed. */
export const usePassword = (wanted: boolean) =>
  useQuery({
    queryKey: passwordKey,
    queryFn: () => answerOf(client.GET('/v1/grant/password')),
    enabled: wanted,
    gcTime: 0,
  });

/** A request after which the device tells how Remote Support stands. */
function useStatusAction<Input>(
  ask: (input: Input) => Promise<Status>,
): UseMutationResult<Status, Error, Input> {
  const cache = useQueryClient();
  return useMutation({ mutationFn: ask, onSuccess: (status) => keepStatus(cache, status) });
}

export function useEnable(): UseMutationResult<unknown, Error, Wish> {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: ({ forMs, scopes, approval, reference }: Wish) => {
      const body = {
        forMs,
        scopes: [...scopes],
        approval,
        ...(reference === undefined ? {} : { reference }),
      };
      return answerOf(client.POST('/v1/grant', { body }));
    },
    onSuccess: ({ otp, ...status }) => {
      keepStatus(cache, { ...status, otp: 'live' });
      cache.setQueryData(passwordKey, { state: 'live', otp });
      void cache.invalidateQueries({ queryKey: choicesKey });
    },
  });
}

export const useDisable = () => useStatusAction<void>(() => answerOf(client.DELETE('/v1/grant')));

export const useExtend = () =>
  useStatusAction((forMs: number) => answerOf(client.POST('/v1/grant/extension', { body: { forMs } })));

export function useNewPassword() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: () => answerOf(client.POST('/v1/grant/password')),
    onSuccess: (password) => cache.setQueryData(passwordKey, password),
  });
}

export const useDecide = () =>
  useMutation({
    mutationFn: (body: { readonly who: string; readonly approved: boolean }) =>
      answerOf(client.POST('/v1/approvals', { body })),
  });

/** By the key, or the name of all keys. */
export const useCut = () =>
  useMutation({ mutationFn: (who: string) => answerOf(client.POST('/v1/cuts', { body: { who } })) });

/** Keeps a key out until the grant ends, whether it was in or not. */
export const useBlock = () =>
  useMutation({ mutationFn: (key: string) => answerOf(client.POST('/v1/blocks', { body: { key } })) });

/** Allows what somebody who is in asks for, or refuses it. */
export const useAnswer = () =>
  useMutation({
    mutationFn: ({ id, granted }: { readonly id: string; readonly granted: boolean }) =>
      answerOf(client.POST('/v1/asks/{id}', { params: { path: { id } }, body: { granted } })),
  });

/** Holds what somebody sends, or lets it through again. */
export const usePause = () =>
  useMutation({
    mutationFn: (body: { readonly who: string; readonly paused: boolean }) =>
      answerOf(client.POST('/v1/pauses', { body })),
  });
