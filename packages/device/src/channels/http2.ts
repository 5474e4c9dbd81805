import {
  constants,
  type IncomingHttpHeaders,
  performServerHandshake,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { Duplex } from 'node:stream';
import { channelLimit, connectionWindowBytes, streamWindowBytes } from '@sallyport/protocol/channels';
import type { Clock, Log } from '@sallyport/protocol/environment';

/** What the other end may cost us before HTTP/2 ends the session. */
const http2Limits = {
  maxHeaderListPairs: 16,
  maxSessionInvalidFrames: 16,
  maxSessionRejectedStreams: 64,
  maxOutstandingPings: 4,
  maxOutstandingSettings: 4,
  /** Streams that are opened and reset at once (rapid reset): so many at first, then so many a second. */
  streamResetBurst: 512,
  streamResetRate: 64,
  /** MiB, of what is queued to be sent and of headers. */
  maxSessionMemory: 64,
} as const;

/** Pings in a second. HTTP/2 answers each of them, and has no limit of its own; our own programs send none. */
const pingsPerSecond = 100;

/** Streams that HTTP/2 takes beyond the limit: those that are closing; and those that are refused in words, not by it. */
const closingChannels = 32;

/**
 * What all channels together may hold of what their targets do not take. Each holds its window of 4 MiB at most, so
 * up to 32 cannot exceed it; when more do, the fullest one is ended.
 */
const heldBytes = 128 * 1024 * 1024;
const harmlessChannels = heldBytes / streamWindowBytes;
const lookEveryMs = 100;

type Asked = (channel: ServerHttp2Stream, headers: IncomingHttpHeaders) => void;

/** HTTP/2 on the stream of a session, the agent as server. Every channel has an error listener before it is told. */
export function openHttp2(
  stream: Duplex,
  { session, clock, log }: { readonly session: string; readonly clock: Clock; readonly log: Log },
  asked: Asked,
): ServerHttp2Session {
  const http2 = performServerHandshake(stream, {
    ...http2Limits,
    settings: {
      initialWindowSize: streamWindowBytes,
      maxConcurrentStreams: channelLimit + closingChannels,
      maxHeaderListSize: 4_096,
      enablePush: false,
    },
  });
  const open = new Set<ServerHttp2Stream>();
  const watch = watchHeld(open, clock);
  http2.on('error', (error) => log.debug('session-http2-error-1', { session, error }));
  let pings = 0;
  let countedFromMs = clock.monotonicMs();
  http2.on('ping', () => {
    if (clock.monotonicMs() - countedFromMs > 1_000) {
      countedFromMs = clock.monotonicMs();
      pings = 0;
    }
    pings += 1;
    if (pings > pingsPerSecond) http2.destroy(undefined, constants.NGHTTP2_ENHANCE_YOUR_CALM);
  });
  http2.on('stream', (channel: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    channel.on('error', (error) => log.debug('channel-error-1', { session, error }));
    open.add(channel);
    channel.once('close', () => open.delete(channel));
    watch();
    asked(channel, headers);
  });
  http2.setLocalWindowSize(connectionWindowBytes);
  return http2;
}

/** Looks after what the channels hold while there are enough of them to hold too much. */
function watchHeld(open: ReadonlySet<ServerHttp2Stream>, clock: Clock): () => void {
  let watching = false;
  const look = (): void => {
    watching = false;
    for (const channel of tooFull([...open])) channel.close(constants.NGHTTP2_ENHANCE_YOUR_CALM);
    again();
  };
  const again = (): void => {
    if (watching || open.size <= harmlessChannels) return;
    watching = true;
    clock.after(lookEveryMs, look);
  };
  return again;
}

/** Those that have to go so that the rest holds no more than `heldBytes`: the fullest first. */
export function tooFull<Held extends { readonly readableLength: number }>(
  channels: readonly Held[],
): readonly Held[] {
  let held = channels.reduce((sum, channel) => sum + channel.readableLength, 0);
  const fullestFirst = [...channels].sort((one, other) => other.readableLength - one.readableLength);
  return fullestFirst.filter((channel) => {
    const goes = held > heldBytes;
    if (goes) held -= channel.readableLength;
    return goes;
  });
}
