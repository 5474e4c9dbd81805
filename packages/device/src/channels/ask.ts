import type { ServerHttp2Stream } from 'node:http2';
import { fail, toWireError } from '@sallyport/protocol/errors';
import { deadlineAfter, encodeFrame, fromAskerSchemas, HelloChannel } from '@sallyport/protocol/session';
import { tellable } from '../errors/index.ts';
import { logFailure, type SessionContext } from './context.ts';

/** How long a representative may take to say what they ask for, in milliseconds. */
const sayMs = 10_000;

/**
 * Serves `ask`: puts the question of a representative to the administrator, and says their answer. The request is
 * answered when the question is put.
 *
 * @throws channels-used-up, session-closed, message-malformed, message-too-large, timed-out, and what `session.ask` throws
 */
export async function serveAsk(context: SessionContext, channel: ServerHttp2Stream): Promise<void> {
  const { channels, options, session } = context;
  const reserved = channels.reserve();
  const gone = new AbortController();
  channel.once('close', () => {
    reserved.giveBack();
    gone.abort(fail('ask-withdrawn'));
  });
  const line = new HelloChannel(channel);
  const deadline = deadlineAfter(options.clock, sayMs);
  const wish = await line
    .receive(fromAskerSchemas, { deadline: deadline.signal })
    .finally(() => deadline.cancel());
  if (channel.destroyed || channels.ended) throw fail('session-closed');
  const { answer } = session.ask(wish, gone.signal);
  line.release().resume(); // There is nothing more to say on it.
  channel.respond({ ':status': 200 });
  const told = await answer.then(
    (terms) => encodeFrame({ type: 'granted', scopes: [...terms.scopes], leftMs: terms.leftMs }),
    (error: unknown) => {
      const known = tellable(error);
      logFailure(context, known, error);
      return encodeFrame({ type: 'refused', error: toWireError(known) });
    },
  );
  if (channel.writable) channel.end(told);
}
