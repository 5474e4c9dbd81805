import { type UseMutationResult, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { answerOf, client, type Status } from '../api/client.ts';
import { keepStatus } from '../api/status.ts';

export type Wish = {
  readonly forMs: number;
  readonly scopes: readonly string[];
  readonly approval: boolean;
  readonly reference?: string;
};

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
    mutationFn: ({ scopes, ...wish }: Wish) =>
      answerOf(client.POST('/v1/grant', { body: { ...wish, scopes: [...scopes] } })),
    onSuccess: ({ otp, ...status }) => {
      keepStatus(cache, { ...status, otp: 'live' });
      cache.setQueryData(passwordKey, { state: 'live', otp });
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

export const useEndSession = () =>
  useStatusAction((id: string) => answerOf(client.DELETE('/v1/sessions/{id}', { params: { path: { id } } })));
