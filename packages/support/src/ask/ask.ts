import { fromWireError } from '@sallyport/protocol/errors';
import type { Scope } from '@sallyport/protocol/grant';
import {
  askMs,
  deadlineAfter,
  encodeFrame,
  HelloChannel,
  type ToAsked,
  toAskerSchemas,
} from '@sallyport/protocol/session';
import type { Caller } from '../relay/index.ts';
import type { Session } from '../session/index.ts';

/** What the answer may take longer on its way than the administrator does. */
const onItsWayMs = 30_000;

/** What the grant allows after the answer, and how long it goes on, in milliseconds. */
export type Granted = { readonly scopes: readonly Scope[]; readonly leftMs: number };

/**
 * Asks the administrator for more, and waits for the answer. An abort of `signal` withdraws the question.
 *
 * @param onAsked called when the question is put
 * @throws ask-refused, ask-timed-out, asks-used-up, ask-too-soon, scope-not-offered, all with the leg `device`;
 *   channel-unknown from a device that is older than questions
 */
export async function askForMore(
  session: Pick<Session, 'openChannel'>,
  wish: Omit<ToAsked, 'type'>,
  { clock, signal }: Pick<Caller, 'clock' | 'signal'>,
  onAsked: () => void,
): Promise<Granted> {
  const channel = await session.openChannel('ask', encodeFrame({ type: 'ask', ...wish }));
  const deadline = deadlineAfter(clock, askMs + onItsWayMs);
  try {
    onAsked();
    const until = signal ? AbortSignal.any([signal, deadline.signal]) : deadline.signal;
    const answer = await new HelloChannel(channel).receive(toAskerSchemas, { deadline: until });
    if (answer.type === 'refused') throw fromWireError(answer.error).at('device');
    return answer;
  } finally {
    deadline.cancel();
    channel.destroy();
  }
}
