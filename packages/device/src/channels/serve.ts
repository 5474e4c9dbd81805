import {
  constants,
  performServerHandshake,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { Duplex } from 'node:stream';
import { channelLimit, connectionWindowBytes, streamWindowBytes } from '@sallyport/protocol/channels';
import { fail, SallyportError, toWireError } from '@sallyport/protocol/errors';
import { formatTarget, parseTarget } from '@sallyport/protocol/grant';
import { printable } from '@sallyport/protocol/text';
import { agentMark, type Containment, openContainment, runUserOf } from '../processes/index.ts';
import { serveSsh } from '../ssh/index.ts';
import { demand, type SessionContext } from './context.ts';
import { couple } from './couple.ts';
import { OpenChannels } from './openChannels.ts';
import { openTcp } from './tcp.ts';
import type { ChannelOptions, ChannelSession, SessionChannels } from './types.ts';
import { openWeb } from './web.ts';

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

/**
 * Serves the channels of one session on its stream: HTTP/2, the representative asks by CONNECT (design, section 4, steps
 * 8 and 9). Returns at once. The stream remains the caller's to end; when it closes, everything here is closed too.
 */
export function serveChannels(
  session: ChannelSession,
  stream: Duplex,
  options: ChannelOptions,
): SessionChannels {
  stream.on('error', () => {}); // Its 'close' says all that matters here.
  const channels = new OpenChannels(options.clock, session.record);
  let containment: Containment | undefined;
  const context: SessionContext = {
    session,
    options,
    channels,
    user: runUserOf(options.runAs),
    mark: {
      representative: session.representative,
      session: session.id,
      grant: session.grant,
      agent: agentMark(),
    },
    containment() {
      containment ??= openContainment(session.id, options.cgroupRoot);
      return containment;
    },
  };
  const http2 = openHttp2(stream, context);
  let ending: Promise<void> | undefined;
  const close = (reason: SallyportError): Promise<void> => {
    ending ??= end(reason);
    return ending;
  };
  const end = async (reason: SallyportError): Promise<void> => {
    options.log.debug('channels-ended-1', { session: session.id, code: reason.code });
    const gone = containment?.end();
    channels.end();
    try {
      await gone;
    } catch (error) {
      options.log.error('processes-left-1', { session: session.id, error });
    } finally {
      http2.destroy();
    }
  };
  stream.once('close', () => void close(fail('session-closed')));
  return { close, channels: () => channels.list() };
}

function openHttp2(stream: Duplex, context: SessionContext): ServerHttp2Session {
  const { log } = context.options;
  const http2 = performServerHandshake(stream, {
    ...http2Limits,
    settings: {
      initialWindowSize: streamWindowBytes,
      maxConcurrentStreams: channelLimit,
      maxHeaderListSize: 4_096,
      enablePush: false,
    },
  });
  http2.on('error', (error) => log.debug('session-http2-error-1', { session: context.session.id, error }));
  http2.on('stream', (channel, headers) => {
    channel.on('error', (error) => log.debug('channel-error-1', { session: context.session.id, error }));
    void answer(context, channel, headers[':method'], headers[':authority']);
  });
  http2.setLocalWindowSize(connectionWindowBytes);
  return http2;
}

/** Opens the channel that was asked for, or says why not: the row's status, and a WireError as JSON. Never throws. */
async function answer(
  context: SessionContext,
  channel: ServerHttp2Stream,
  method: string | undefined,
  authority: string | undefined,
): Promise<void> {
  try {
    if (method !== 'CONNECT' || authority === undefined) throw fail('channel-unknown', { leg: 'device' });
    await connectChannel(context, channel, authority);
  } catch (error) {
    refuse(context, channel, error, authority ?? '');
  }
}

async function connectChannel(
  context: SessionContext,
  channel: ServerHttp2Stream,
  authority: string,
): Promise<void> {
  if (authority === 'ssh') {
    const carrier = context.channels.openCarrier();
    channel.once('close', () => carrier.close());
    channel.respond({ ':status': 200 });
    serveSsh(context, channel);
    return;
  }
  const target = authority === 'web' ? undefined : parseTarget(authority);
  if (authority !== 'web' && target === undefined) throw fail('channel-unknown', { leg: 'device' });
  const kind = target === undefined ? 'web' : 'tcp';
  const what = target === undefined ? 'web' : formatTarget(target);
  const scope = target === undefined ? 'web' : (`tcp:${what}` as const);
  demand(context, scope, what);
  const place = context.channels.open(kind, what, () => channel.destroy());
  try {
    const peer = target === undefined ? await openWeb(context) : await openTcp(context, target, scope);
    if (channel.destroyed || place.over) {
      peer.destroy();
      throw fail('session-closed');
    }
    channel.respond({ ':status': 200 });
    await couple(channel, peer, place);
  } finally {
    place.close();
  }
}

function refuse(
  context: SessionContext,
  channel: ServerHttp2Stream,
  error: unknown,
  authority: string,
): void {
  const known = error instanceof SallyportError ? error : fail('internal', { cause: error });
  const { log, session } = { ...context.options, ...context };
  const fields = { session: session.id, code: known.code, channel: printable(authority), error };
  if (known.code === 'internal') log.error('channel-failed-1', fields);
  else log.debug('channel-not-opened-1', fields);
  if (channel.destroyed) return;
  if (channel.headersSent) {
    channel.close(constants.NGHTTP2_INTERNAL_ERROR);
    return;
  }
  channel.respond({ ':status': known.row.http, 'content-type': 'application/json' });
  channel.end(JSON.stringify(toWireError(known)));
  channel.resume(); // What was sent already goes nowhere, and must not keep the stream open.
}
