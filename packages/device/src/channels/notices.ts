import type { ServerHttp2Stream } from 'node:http2';
import { encodeFrame, type ToNoticeReader } from '@sallyport/protocol/session';
import type { SessionContext } from './context.ts';

/** What may wait for a reader of notices who does not read; then the channel is closed. In bytes. */
const unreadBytes = 64 * 1024;

/**
 * Serves `notices`: tells the representative how it stands with the session, and of each change.
 *
 * @throws channels-used-up, session-closed
 */
export function serveNotices(context: SessionContext, channel: ServerHttp2Stream): void {
  const { channels, session } = context;
  const reserved = channels.reserve();
  const tell = (notice: ToNoticeReader): void => {
    if (channel.writableLength > unreadBytes) channel.destroy();
    else if (channel.writable) channel.write(encodeFrame(notice));
  };
  const tellPaused = (): void => tell({ type: 'paused', paused: session.input.held });
  channel.respond({ ':status': 200 });
  channel.resume(); // There is nothing to say on it yet.
  const tellWatched = (): void => tell({ type: 'watched', watched: channels.watched });
  const tellTerms = (): void => {
    const { scopes, leftMs } = session.terms();
    // A grant that is over says so in another way.
    if (scopes.length > 0) tell({ type: 'terms', scopes: [...scopes], leftMs });
  };
  const stops = [
    session.input.onChange(tellPaused),
    channels.onWatched(tellWatched),
    session.onTerms(tellTerms),
  ];
  channel.once('close', () => {
    for (const stop of stops) stop();
    reserved.giveBack();
  });
  tellPaused();
  tellWatched();
  tellTerms();
}
