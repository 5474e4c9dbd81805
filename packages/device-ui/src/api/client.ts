import createClient from 'openapi-fetch';
import type { paths } from './schema.d.ts';

export type Status = paths['/v1/status']['get']['responses'][200]['content']['application/json'];
export type Session = Status['sessions'][number];
export type Channel = Session['channels'][number];
export type Problem = Status['notices'][number];

/** What the device answered instead of what was asked for; or that it did not answer. */
export class ApiError extends Error {
  readonly code: string;
  readonly next: string;
  readonly details: Problem['details'];
  readonly retryable: boolean;

  constructor(problem: Problem & { readonly retryable: boolean }, cause?: unknown) {
    super(problem.text, { cause });
    this.name = 'ApiError';
    this.code = problem.code;
    this.next = problem.next;
    this.details = problem.details;
    this.retryable = problem.retryable;
  }
}

const unreachable = (cause: unknown): ApiError =>
  new ApiError(
    {
      code: 'device-unreachable',
      text: 'The device does not answer.',
      next: '',
      details: {},
      retryable: true,
    },
    cause,
  );

export const client = createClient<paths>({ baseUrl: location.origin });

/** What is in an answer. @throws ApiError */
export async function answerOf<Data, Failure>(
  asked: Promise<{ readonly data?: Data; readonly error?: Failure }>,
): Promise<Data> {
  const { data, error } = await asked.catch((cause: unknown) => {
    throw unreachable(cause);
  });
  if (data !== undefined) return data;
  throw refusalIn(error);
}

/** A file of the device. @throws ApiError */
export async function fetchFile(path: string): Promise<Blob> {
  const answer = await fetch(path).catch((cause: unknown) => {
    throw unreachable(cause);
  });
  if (answer.ok) return answer.blob();
  throw refusalIn(await answer.json().catch(() => undefined));
}

function refusalIn(body: unknown): ApiError {
  const wire = (body as { error?: Problem & { retryable: boolean } } | undefined)?.error;
  return wire ? new ApiError(wire) : unreachable(body);
}
