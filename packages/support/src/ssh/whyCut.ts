import { setTimeout } from 'node:timers/promises';
import type { SallyportError } from '@sallyport/protocol/errors';
import { fail } from '../errors/index.ts';
import type { Session } from '../session/index.ts';

/** How long the end of a session may come after the end of its channels. In milliseconds. */
const endingMs = 1_000;

/** Why a channel was closed before its program's exit was told: the end of the session, or the device alone knows. */
export async function whyCut({ ended }: Pick<Session, 'ended'>): Promise<SallyportError> {
  const reason = 'it closed the channel and told no exit status';
  const unknown = fail('ssh-failed', { details: { reason }, leg: 'device' });
  return Promise.race([ended, setTimeout(endingMs, unknown, { ref: false })]);
}
