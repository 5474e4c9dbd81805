import type { ServerHttp2Stream } from 'node:http2';
import { fail } from '@sallyport/protocol/errors';
import type { SessionContext } from './context.ts';

/**
 * Serves `receipt`: where the end of the session is told and signed. It is open from the beginning, so that nothing has
 * to be opened at the end.
 *
 * @throws channels-used-up, session-closed; channel-unknown for a second one
 */
export function serveReceipt({ session, channels }: SessionContext, channel: ServerHttp2Stream): void {
  const reserved = channels.reserve();
  channel.once('close', () => reserved.giveBack());
  if (!session.receipt?.(channel)) throw fail('channel-unknown', { leg: 'device' });
  channel.respond({ ':status': 200 });
}
