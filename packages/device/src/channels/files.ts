import { constants, type ServerHttp2Stream } from 'node:http2';
import { scopeFor, ways } from './access.ts';
import { demand, type SessionContext } from './context.ts';
import { couple } from './couple.ts';
import { startFiles } from './filesWorker.ts';

/**
 * Serves `files`: SFTP as the subsystem of SSH speaks it, without SSH around it.
 *
 * @throws scope-refused, channels-used-up, session-closed; when no process can be started
 */
export async function serveFiles(context: SessionContext, channel: ServerHttp2Stream): Promise<void> {
  const { channels, session } = context;
  demand(context, scopeFor(ways.connect.files), 'sftp');
  const place = channels.open('files', 'sftp', () => channel.destroy());
  try {
    const { stream, kill, exited } = startFiles(context, place);
    channel.once('close', kill);
    channel.respond({ ':status': 200 });
    const joined = couple(channel, stream, place, {
      cut: () => channel.close(constants.NGHTTP2_CONNECT_ERROR),
      orderly: () => !channel.aborted && (channel.rstCode ?? 0) === constants.NGHTTP2_NO_ERROR,
      input: session.input,
    });
    place.close(await exited);
    await joined;
  } finally {
    place.close();
  }
}
