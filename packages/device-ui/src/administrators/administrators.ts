import { type UseMutationResult, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { answerOf, client } from '../api/client.ts';
import type { paths } from '../api/schema.d.ts';

type Answer = paths['/v1/administrators']['get']['responses'][200]['content']['application/json'];
export type Administrator = Answer['administrators'][number];
export type Temporary =
  paths['/v1/administrators/temporary']['post']['responses'][200]['content']['application/json'];

const key = ['administrators'] as const;

export const useAdministrators = () =>
  useQuery({ queryKey: key, queryFn: () => answerOf(client.GET('/v1/administrators')) });

function useChange<Input>(ask: (input: Input) => Promise<Answer>): UseMutationResult<Answer, Error, Input> {
  const cache = useQueryClient();
  return useMutation({ mutationFn: ask, onSuccess: (answer) => cache.setQueryData(key, answer) });
}

export const useAddAdministrator = () =>
  useChange((body: { readonly name: string; readonly password: string }) =>
    answerOf(client.POST('/v1/administrators', { body })),
  );

export const useRemoveAdministrator = () =>
  useChange((name: string) =>
    answerOf(client.DELETE('/v1/administrators/{name}', { params: { path: { name } } })),
  );

export function useAddTemporary() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (body: { readonly name?: string; readonly until: 'grant' | { readonly ms: number } }) =>
      answerOf(client.POST('/v1/administrators/temporary', { body })),
    onSuccess: () => cache.invalidateQueries({ queryKey: key }),
  });
}
