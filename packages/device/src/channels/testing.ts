import { once } from 'node:events';
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2';
import { type AddressInfo, connect as connectSocket, createServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { connectionWindowBytes, streamWindowBytes } from '@sallyport/protocol/channels';
import { silentLog } from '@sallyport/protocol/environment';
import { fail, type WireError, wireErrorSchema } from '@sallyport/protocol/errors';
import { allows, type GrantId, type Scope, type StreamId } from '@sallyport/protocol/grant';
import { seededRandom, streamPair } from '@sallyport/protocol/testing';
import { systemClock } from '@sallyport/runtime/clock';
import ssh2 from 'ssh2';
import { plainly } from '../processes/testing.ts';
import { memoryRecorder } from '../recordings/testing.ts';
import { InputGate } from './inputGate.ts';
import { serveChannels } from './serve.ts';
import type { ChannelOptions, ChannelSession, SessionChannels } from './types.ts';

/** What the record of a session was told, in order. */
export type Told = readonly [what: 'opened' | 'closed' | 'refused' | 'file', ...details: unknown[]];

export type TestSession = {
  readonly served: SessionChannels;
  readonly client: ClientHttp2Session;
  /** The agent's end of the stream. */
  readonly stream: Duplex;
  /** What the grant allows; a test may change it. */
  readonly scopes: Set<Scope>;
  readonly input: InputGate;
  readonly told: Told[];
  readonly id: StreamId;
  /** Asks for a channel. @throws (rejects) what the device answered instead of 200 */
  connect(authority: string): Promise<ClientHttp2Stream>;
  ask(authority: string, method?: string): Promise<{ status: number; stream: ClientHttp2Stream }>;
  end(): Promise<void>;
};

let sessions = 0;
const all: TestSession[] = [];
/** One key for all sessions of a test file: what it is does not matter, and making it takes time. */
const hostKey = ssh2.utils.generateKeyPairSync('ed25519');
export const hostKeyLine = hostKey.public.trim();

/** A session served over a pair of streams, in memory unless told, with an HTTP/2 client at its other end. */
export function testSession(
  scopes: readonly Scope[],
  options: Partial<ChannelOptions> = {},
  allowed: (scope: Scope, given: ReadonlySet<Scope>) => boolean = (scope, given) => allows([...given], scope),
  pair: { readonly a: Duplex; readonly b: Duplex } = streamPair({ capacityBytes: 1024 * 1024 }),
): TestSession {
  sessions += 1;
  const given = new Set(scopes);
  const told: Told[] = [];
  const id = `${process.pid.toString(16)}${sessions.toString(16)}`.padStart(32, '0') as StreamId;
  const input = new InputGate();
  const session: ChannelSession = {
    id,
    grant: 'cd'.repeat(16) as GrantId,
    representative: 'erin@maker.example',
    keySha256: 'ef'.repeat(32),
    hostKey: hostKey.private,
    allows: (scope) => allowed(scope, given),
    scopes: () => [...given],
    terms: () => ({ scopes: [...given], leftMs: 3_600_000 }),
    onTerms: () => () => {},
    ask: () => ({ answer: Promise.reject(fail('ask-refused')) }),
    input,
    receipt: () => true,
    record: {
      channelOpened: ({ id, kind, what }) => told.push(['opened', id, kind, what]),
      channelClosed: (id, end) => told.push(['closed', id, end]),
      refused: (scope, what) => told.push(['refused', scope, what]),
      file: (id, event) => told.push(['file', id, event]),
    },
  };
  const served = serveChannels(session, pair.b, {
    runAs: plainly,
    fileRoots: ['/'],
    forbidden: [],
    web: { connect: () => ({ host: '127.0.0.1', port: 9 }) },
    ownListeners: () => [],
    recorder: memoryRecorder(),
    clock: systemClock(),
    random: seededRandom(1),
    log: silentLog,
    ...options,
  });
  const client = connect('http://session', {
    createConnection: () => pair.a,
    settings: { initialWindowSize: streamWindowBytes },
  });
  client.on('error', () => {});
  client.once('connect', () => client.setLocalWindowSize(connectionWindowBytes));
  const ask = async (
    authority: string,
    method = 'CONNECT',
  ): Promise<{ status: number; stream: ClientHttp2Stream }> => {
    const headers = method === 'CONNECT' ? {} : { ':path': '/', ':scheme': 'http' };
    const stream = client.request({ ':method': method, ':authority': authority, ...headers });
    stream.on('error', () => {});
    const [answer] = (await once(stream, 'response')) as [{ ':status': number }];
    return { status: answer[':status'], stream };
  };
  const opened: TestSession = {
    served,
    client,
    stream: pair.b,
    scopes: given,
    input,
    told,
    id,
    ask,
    async connect(authority) {
      const { status, stream } = await ask(authority);
      if (status === 200) return stream;
      throw Object.assign(new Error(`refused with ${status}`), { status, wire: await refusalIn(stream) });
    },
    async end() {
      await served.close(fail('session-closed'));
      client.destroy();
      pair.a.destroy();
    },
  };
  all.push(opened);
  return opened;
}

/** For the end of a test file: a test that failed leaves its session open. */
export async function endTestSessions(): Promise<void> {
  await Promise.all(all.map((session) => session.end()));
}

/** Resolves when the stream is closed, with an error or without. */
export function closed(stream: Duplex): Promise<void> {
  return new Promise((resolve) => {
    if (stream.closed) resolve();
    else stream.once('close', resolve);
  });
}

/** Two ends of a real connection, as fast as the kernel: for what is measured in megabytes. */
export async function socketPair(): Promise<{ readonly a: Socket; readonly b: Socket }> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const a = connectSocket((server.address() as AddressInfo).port, '127.0.0.1');
  const [b] = (await once(server, 'connection')) as [Socket];
  server.close();
  for (const socket of [a, b]) socket.setNoDelay().on('error', () => {});
  return { a, b };
}

/** The error in the body of a refusal. */
export async function refusalIn(stream: Duplex): Promise<WireError> {
  return wireErrorSchema.parse(JSON.parse(await text(stream)));
}
