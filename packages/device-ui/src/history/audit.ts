import { useInfiniteQuery } from '@tanstack/react-query';
import { answerOf, client } from '../api/client.ts';
import type { paths } from '../api/schema.d.ts';

export type Entry =
  paths['/v1/audit']['get']['responses'][200]['content']['application/json']['entries'][number];

const limit = 100;

/** Which entries: all, or those of one grant. */
export type AuditFilter = { readonly grant?: string };

/** The audit log, the newest first, page by page. */
export const useAudit = (filter: AuditFilter) =>
  useInfiniteQuery({
    queryKey: ['live', 'audit', filter],
    queryFn: ({ pageParam }) =>
      answerOf(
        client.GET('/v1/audit', {
          params: { query: { limit, ...filter, ...(pageParam === undefined ? {} : { before: pageParam }) } },
        }),
      ),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: ({ entries }) => (entries.length < limit ? undefined : entries.at(-1)?.seq),
  });
