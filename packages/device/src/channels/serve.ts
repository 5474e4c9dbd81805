import { constants, type ServerHttp2Stream } from 'node:http2';
import type { Duplex } from 'node:stream';
import { fail, type SallyportError, toWireError } from '@sallyport/protocol/errors';
import { formatTarget, parseTarget } from '@sallyport/protocol/grant';
import { printable } from '@sallyport/protocol/text';
import { tellable } from '../errors/index.ts';
import { agentMark, type Containment, openContainment, runUserOf, tellLeft } from '../processes/index.ts';
import { serveSsh } from '../ssh/index.ts';
import { scopeFor, ways } from './access.ts';
import { serveAsk } from './ask.ts';
import { serveCommand } from './command.ts';
import { demand, logFailure, type SessionContext, untilLetThrough } from './context.ts';
import { couple } from './couple.ts';
import { serveFiles } from './files.ts';
import { openHttp2 } from './http2.ts';
import { serveNotices } from './notices.ts';
import { OpenChannels } from './openChannels.ts';
import { serveReceipt } from './receipt.ts';
import { openTcp } from './tcp.ts';
import type { ChannelOptions, ChannelSession, LastWords, SessionChannels } from './types.ts';
import { openWeb } from './web.ts';
import { WebRequests } from './webRequests.ts';

/** How long the other side may take to end a channel that was refused. At once, a reset would overtake the reason. */
const farewellMs = 1_000;
/** How long a channel may take to close by itself when the session ends. */
const closingMs = 250;

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
  const user = runUserOf(options.runAs);
  const requests = new WebRequests({ session, options, user });
  const context: SessionContext = {
    session,
    options,
    channels,
    requests,
    user,
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
  /** All channels but the one on which the end is signed. */
  const others = new Set<ServerHttp2Stream>();
  const http2 = openHttp2(
    stream,
    { session: session.id, clock: options.clock, log: options.log },
    (channel, headers) => {
      if (headers[':authority'] !== 'receipt') others.add(channel);
      channel.once('close', () => others.delete(channel));
      void answer(context, channel, headers[':method'], headers[':authority']);
    },
  );
  let ending: Promise<void> | undefined;
  const close = (reason: SallyportError, words?: LastWords): Promise<void> => {
    ending ??= end(reason, words);
    return ending;
  };
  const end = async (reason: SallyportError, words: LastWords | undefined): Promise<void> => {
    options.log.debug('channels-ended-1', { session: session.id, code: reason.code });
    channels.refuse();
    let left: unknown;
    const gone = containment?.end().catch((error: unknown) => {
      left = tellLeft(error);
      options.log.error('processes-left-1', { session: session.id, error: left });
    });
    await words?.before();
    const closed = channels.end();
    for (const channel of others) channel.destroy();
    await within(closingMs, gone);
    const late = options.clock.after(closingMs, () => channels.abandon());
    await closed;
    late.cancel();
    // The last requests end with their connections.
    setImmediate(() => requests.end());
    await words?.after();
    http2.destroy();
    await gone;
    if (left !== undefined) throw left;
  };
  const within = (ms: number, what: Promise<void> | undefined): Promise<void> =>
    new Promise((resolve) => {
      const late = options.clock.after(ms, resolve);
      void Promise.resolve(what).then(() => {
        late.cancel();
        resolve();
      });
    });
  stream.once('close', () => void close(fail('session-closed')).catch(() => {})); // Whoever ends the session hears it.
  return { close, channels: () => channels.list(), terminal: (id) => channels.terminal(id) };
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
  if (authority === 'notices') return serveNotices(context, channel);
  if (authority === 'receipt') return serveReceipt(context, channel);
  await untilLetThrough(context, channel);
  if (authority === 'ask') return serveAsk(context, channel);
  if (authority === 'ssh') {
    const reserved = context.channels.reserve();
    channel.once('close', () => reserved.giveBack());
    channel.respond({ ':status': 200 });
    serveSsh(context, channel);
    return;
  }
  if (authority === 'command') return serveCommand(context, channel);
  if (authority === 'files') return serveFiles(context, channel);
  const target = authority === 'web' ? undefined : parseTarget(authority);
  if (authority !== 'web' && target === undefined) throw fail('channel-unknown', { leg: 'device' });
  const kind = target === undefined ? 'web' : 'tcp';
  const what = target === undefined ? 'web' : formatTarget(target);
  const scope =
    target === undefined ? scopeFor(ways.connect.web) : scopeFor(ways.connect['HOST:PORT'], `tcp:${what}`);
  demand(context, scope, what);
  const recording = kind === 'web' ? context.requests.id : undefined;
  const place = context.channels.open(kind, what, () => channel.destroy(), recording);
  try {
    if (kind === 'web') {
      const { broken } = await context.requests.begin(place);
      void broken.then(() => channel.close(constants.NGHTTP2_CONNECT_ERROR));
    }
    const peer = target === undefined ? await openWeb(context) : await openTcp(context, target, scope);
    if (channel.destroyed || place.over) {
      peer.destroy();
      throw fail('session-closed');
    }
    channel.respond({ ':status': 200 });
    await couple(channel, peer, place, {
      cut: () => channel.close(constants.NGHTTP2_CONNECT_ERROR),
      orderly: () => !channel.aborted && (channel.rstCode ?? 0) === constants.NGHTTP2_NO_ERROR,
      input: context.session.input,
    });
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
  const known = tellable(error);
  const { options, session } = context;
  logFailure(context, known, error);
  options.log.debug('channel-not-opened-1', {
    session: session.id,
    code: known.code,
    channel: printable(authority),
  });
  if (channel.destroyed) return;
  if (channel.headersSent) {
    channel.close(constants.NGHTTP2_INTERNAL_ERROR);
    return;
  }
  channel.respond({ ':status': known.row.http, 'content-type': 'application/json' });
  channel.end(JSON.stringify(toWireError(known)));
  channel.resume(); // What was sent already goes nowhere.
  const late = options.clock.after(farewellMs, () => channel.close(constants.NGHTTP2_NO_ERROR));
  channel.once('close', () => late.cancel());
}
