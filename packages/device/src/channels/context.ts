import type { Duplex } from 'node:stream';
import { fail, type SallyportError } from '@sallyport/protocol/errors';
import type { Scope } from '@sallyport/protocol/grant';
import { printable } from '@sallyport/protocol/text';
import type { Containment, RunUser, SessionMark } from '../processes/index.ts';
import type { OpenChannels } from './openChannels.ts';
import type { ChannelOptions, ChannelSession } from './types.ts';
import type { WebRequests } from './webRequests.ts';

/** All that the channels of one session share. */
export type SessionContext = {
  readonly session: ChannelSession;
  readonly options: ChannelOptions;
  readonly channels: OpenChannels;
  readonly requests: WebRequests;
  readonly user: RunUser;
  readonly mark: SessionMark;
  /** What holds the session's processes; made when the first one is started. */
  readonly containment: () => Containment;
};

/**
 * Lets what needs `scope` go on, or refuses it. Asked when a channel opens, and again after every await until it is
 * open: the grant may have ended in between (design, section 3).
 *
 * @throws scope-refused, session-closed
 */
export function demand({ session, channels }: SessionContext, scope: Scope, what: string): void {
  if (channels.ended) throw fail('session-closed');
  if (session.allows(scope)) return;
  session.record.refused(scope, printable(what));
  throw fail('scope-refused', { details: { scope }, leg: 'device' });
}

/** To ask for something is input, too: it waits while that is held. @throws session-closed when the channel is gone by then */
export async function untilLetThrough({ session }: SessionContext, channel: Duplex): Promise<void> {
  if (!session.input.held) return;
  const gone = new AbortController();
  channel.once('close', () => gone.abort());
  await session.input.passed(gone.signal);
  if (channel.destroyed) throw fail('session-closed');
}

/** What a representative is not told the cause of, the log of the agent has. @param error what `known` was made of */
export function logFailure(
  { session, options }: SessionContext,
  known: SallyportError,
  error: unknown,
): void {
  if (known.code !== 'internal' && known.code !== 'device-exhausted') return;
  options.log.error('channel-failed-1', { session: session.id, code: known.code, error });
}
