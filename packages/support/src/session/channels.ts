import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  type IncomingHttpHeaders,
  type IncomingHttpStatusHeader,
} from 'node:http2';
import type { Duplex } from 'node:stream';
import { connectionWindowBytes, streamWindowBytes } from '@sallyport/protocol/channels';
import { fail, fromWireError, type SallyportError, wireErrorSchema } from '@sallyport/protocol/errors';
import { z } from 'zod';

/** The largest body of a refusal, in bytes. */
const refusalCap = 16 * 1024;
const refusalSchema = wireErrorSchema.or(
  z.object({ error: wireErrorSchema }).transform(({ error }) => error),
);

/** The asking end of a session's HTTP/2 (design, section 4, steps 8 and 9). */
export type Channels = {
  /**
   * Opens `ssh`, `command`, `files`, `web` or `HOST:PORT`. What comes `first` on it goes out with the request. The stream has an 'error' listener; its failure is told by 'close'.
   * @throws scope-refused, channel-unreachable, channels-used-up, …, with the leg `device`; session-closed
   */
  open(name: string, first?: Uint8Array): Promise<ClientHttp2Stream>;
  close(): void;
};

export function openChannels(stream: Duplex): Channels {
  const http2 = connect('http://device', {
    createConnection: () => stream,
    settings: { initialWindowSize: streamWindowBytes, enablePush: false },
    maxHeaderListPairs: 32,
    maxSessionMemory: 64,
  });
  http2.on('error', () => {}); // Its end is the session's, which says why.
  const widen = (): void => http2.setLocalWindowSize(connectionWindowBytes);
  if (http2.connecting) http2.once('connect', widen);
  else widen();
  return { open: (name, first) => openChannel(http2, name, first), close: () => http2.destroy() };
}

function openChannel(
  http2: ClientHttp2Session,
  name: string,
  first?: Uint8Array,
): Promise<ClientHttp2Stream> {
  return new Promise((resolve, reject) => {
    if (http2.destroyed || http2.closed) return reject(fail('session-closed'));
    const channel = http2.request({ ':method': 'CONNECT', ':authority': name }, { endStream: false });
    // Of several writes that it sends together, Node 24 frees the text as soon as it comes to an empty one at their end,
    // which `node:http` writes at the end of each request with a body: what is sent then is whatever took the place of
    // that text in memory. So each write goes by itself.
    Object.assign(channel, { _writev: null });
    const onClose = (): void => reject(fail('session-closed'));
    channel.on('error', () => {});
    channel.once('close', onClose);
    if (first) channel.write(first);
    channel.once('response', (headers: IncomingHttpHeaders & IncomingHttpStatusHeader) => {
      channel.off('close', onClose);
      if (headers[':status'] === 200) return resolve(channel);
      refusalOf(channel, headers[':status'] ?? 0).then((error) => {
        channel.destroy();
        reject(error.at('device'));
      });
    });
  });
}

async function refusalOf(channel: ClientHttp2Stream, status: number): Promise<SallyportError> {
  try {
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of channel as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > refusalCap) return fail('message-too-large', { details: { cap: refusalCap } });
      chunks.push(chunk);
    }
    return fromWireError(refusalSchema.parse(JSON.parse(Buffer.concat(chunks).toString('utf8'))));
  } catch (cause) {
    return fail('message-malformed', { details: { reason: `status ${status} without an error` }, cause });
  }
}
