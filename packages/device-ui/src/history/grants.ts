import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { answerOf, client } from '../api/client.ts';
import type { paths } from '../api/schema.d.ts';
import { everyRecording } from './everyRecording.ts';

type Answer<Path extends '/v1/history/grants' | '/v1/history/grants/{id}' | '/v1/recordings'> =
  paths[Path]['get']['responses'][200]['content']['application/json'];

export type GrantSummary = Answer<'/v1/history/grants'>['grants'][number];
export type Grant = Answer<'/v1/history/grants/{id}'>;
export type PastSession = Grant['sessions'][number];
export type PastChannel = PastSession['channels'][number];
export type PastFile = PastSession['files'][number];
export type Recording = Answer<'/v1/recordings'>['recordings'][number];

/** What is asked for, as it stands in the address: a day is `2026-11-24`. */
export type GrantFilter = {
  readonly who?: string;
  readonly reference?: string;
  readonly from?: string;
  readonly to?: string;
};

const isDay = (text: unknown): text is string => typeof text === 'string' && /^\d{4}-\d\d-\d\d$/.test(text);
const some = (text: unknown, most: number): string | undefined =>
  typeof text === 'string' && text.trim() !== '' ? text.trim().slice(0, most) : undefined;

/** Reads the address: what makes no sense in it is left out. */
export function filterOf({ who, reference, from, to }: { readonly [name: string]: unknown }): GrantFilter {
  const [name, about] = [some(who, 128), some(reference, 200)];
  return {
    ...(name === undefined ? {} : { who: name }),
    ...(about === undefined ? {} : { reference: about }),
    ...(isDay(from) ? { from } : {}),
    ...(isDay(to) ? { to } : {}),
  };
}

/** Whole days of the reader, as moments. */
export function queryOf({ who, reference, from, to }: GrantFilter) {
  const moment = (day: string, time: string): string | undefined => {
    const at = new Date(`${day}T${time}`);
    return Number.isNaN(at.getTime()) ? undefined : at.toISOString();
  };
  const [begin, end] = [from && moment(from, '00:00:00.000'), to && moment(to, '23:59:59.999')];
  return {
    ...(who === undefined ? {} : { representative: who }),
    ...(reference === undefined ? {} : { reference }),
    ...(begin ? { from: begin } : {}),
    ...(end ? { to: end } : {}),
  };
}

const limit = 50;

/** The grants there were, the newest first, page by page. */
export const useGrants = (filter: GrantFilter) =>
  useInfiniteQuery({
    queryKey: ['live', 'grants', filter],
    queryFn: ({ pageParam }) =>
      answerOf(
        client.GET('/v1/history/grants', {
          params: {
            query: { limit, ...queryOf(filter), ...(pageParam === undefined ? {} : { before: pageParam }) },
          },
        }),
      ),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: ({ grants }) => (grants.length < limit ? undefined : grants.at(-1)?.seq),
  });

export const useGrant = (id: string) =>
  useQuery({
    queryKey: ['live', 'grant', id],
    queryFn: () => answerOf(client.GET('/v1/history/grants/{id}', { params: { path: { id } } })),
  });

/** The recordings of one grant, by their ids. */
export const useRecordings = (grant: string) =>
  useQuery({
    queryKey: ['live', 'recordings', grant],
    queryFn: ({ signal }) =>
      everyRecording(async (page) => {
        const params = { query: { grant, ...page } };
        return (await answerOf(client.GET('/v1/recordings', { params, signal }))).recordings;
      }),
  });

export const fileOf = (recording: string): string => `/v1/recordings/${encodeURIComponent(recording)}`;
