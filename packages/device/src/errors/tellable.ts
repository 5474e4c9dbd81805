import { fail, SallyportError } from '@sallyport/protocol/errors';
import { shortageOf } from './shortage.ts';

/**
 * An error as a representative is told of it: `device-exhausted` where the system had nothing left to do it with, however
 * deep that lies; else the row it has, or `internal`.
 */
export function tellable(error: unknown): SallyportError {
  const reason = shortageOf(error);
  if (reason !== undefined) return exhausted(reason, error);
  return error instanceof SallyportError ? error : fail('internal', { cause: error });
}

/** @param reason what is used up, as the end of a sentence */
export const exhausted = (reason: string, cause?: unknown): SallyportError =>
  fail('device-exhausted', { details: { reason }, cause, leg: 'device' });
