import { ApiError } from './client.ts';

/** The code of what is wrong with what was typed, if it is one of `codes`: then it is said at that field. */
export const wrongIn = (error: Error | null, codes: readonly string[]): ApiError | undefined =>
  error instanceof ApiError && codes.includes(error.code) ? error : undefined;

export const wrongName = ['administrator-name-malformed', 'administrator-exists'] as const;
export const wrongPassword = ['password-too-short', 'password-common'] as const;
