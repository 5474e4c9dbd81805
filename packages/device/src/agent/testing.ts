import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect as connectHttp2 } from 'node:http2';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { promisify } from 'node:util';
import { decodeToken, joinAnswerSchema } from '@sallyport/protocol/enrolment';
import { type Clock, silentLog } from '@sallyport/protocol/environment';
import { type GrantId, Otp, type PortNumber, type Scope } from '@sallyport/protocol/grant';
import { makeKeyAndRequest, type PeerIdentity, parseAuthority } from '@sallyport/protocol/identity';
import { pairAsRepresentative } from '@sallyport/protocol/pairing';
import { HelloChannel, receiveAnswer } from '@sallyport/protocol/session';
import { ResumableStream } from '@sallyport/protocol/stream';
import { connectTls, connectUnpinned, pairingSessionId, type TlsIdentity } from '@sallyport/protocol/tls';
import { systemClock } from '@sallyport/runtime/clock';
import { dialRelay } from '@sallyport/runtime/dial';
import { request, upgrade } from '@sallyport/runtime/http';
import { systemRandom } from '@sallyport/runtime/random';
import { makeSubject, type Subject } from '../api/index.ts';
import { builtAtMs } from '../build.ts';
import { serveChannels } from '../channels/index.ts';
import { enroll, identityStore } from '../identity/index.ts';
import { Recordings, recordingsDesk, recordingsFolder, usualPolicy } from '../recordings/index.ts';
import { openState, type State } from '../state/index.ts';
import { relayTime } from '../tunnel/index.ts';
import { makeWebInterface, type WebInterface } from '../web/index.ts';
import { Agent } from './agent.ts';
import { readBootId } from './bootId.ts';
import type { Status } from './status.ts';

const run = promisify(execFile);
const relayProgram = join(import.meta.dirname, '../../../relay/bin/sallyport-relay');
const clock = systemClock();
const never = new AbortController().signal;
const now = () => clock.wallMs();

export function makeFolder(): string {
  return mkdtempSync(join(tmpdir(), 'sallyport-'));
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address ? address.port : 0;
}

/** A relay in a process of its own, on a port of its own. */
export async function makeRelay(folder = makeFolder(), port?: number) {
  const bound = port ?? (await freePort());
  const address = `127.0.0.1:${bound}`;
  const ask = async (...words: string[]): Promise<string> =>
    (await run(relayProgram, [...words, '--data', folder])).stdout.trim();
  await ask('init', '--name', 'localhost', '--listen', address);
  let process: ChildProcess | undefined;
  const relay = {
    port: bound,
    ask,
    async start(): Promise<void> {
      process = spawn(relayProgram, ['serve', '--data', folder], { stdio: ['ignore', 'pipe', 'ignore'] });
      for await (const chunk of process.stdout ?? []) if (String(chunk).includes('ready')) break;
    },
    /** Ends it without a word. */
    async kill(): Promise<void> {
      if (process?.exitCode !== null || process.signalCode) return;
      process.kill('SIGKILL');
      await once(process, 'exit');
    },
    async close(): Promise<void> {
      await relay.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await relay.start();
  return relay;
}
export type TestRelay = Awaited<ReturnType<typeof makeRelay>>;

/** A device that is enrolled, its agent in this process. */
export async function makeDevice(
  relay: TestRelay,
  options: { clock?: Clock; beforeClose?: () => Promise<void> } = {},
) {
  const { clock = systemClock(), beforeClose } = options;
  const folder = makeFolder();
  const identity = identityStore(join(folder, 'identity.json'));
  const token = await relay.ask('device', 'token');
  const time = relayTime(clock, builtAtMs, 0);
  await enroll({ token, name: 'test', again: false, identity, clock, signal: never, time });
  let agent: Agent;
  let state: State;
  let subject: Subject;
  let recordings: Recordings;
  let web: WebInterface;
  const device = {
    folder,
    identity,
    token,
    get agent() {
      return agent;
    },
    get state() {
      return state;
    },
    start(): void {
      state = openState(folder, systemRandom);
      const bootId = readBootId(systemRandom);
      recordings = new Recordings({
        folder: recordingsFolder(join(folder, 'recordings')),
        identity,
        clock,
        bootId,
        moment: () => agent.moment(),
        policy: () => usualPolicy,
        grant: () => undefined,
        log: silentLog,
        audit: (event, fields) => subject.journal.write(event, fields),
      });
      agent = new Agent({
        recordings,
        state,
        identity,
        config: {
          runAs: { kind: 'same-user' },
          webTarget: undefined,
          fileRoots: ['/'],
          outboundPort: undefined,
          web: undefined,
        },
        clock,
        bootId,
        random: systemRandom,
        log: silentLog,
        serve: (session, stream) => {
          const served = serveChannels(session, stream, {
            runAs: { kind: 'same-user' },
            fileRoots: ['/'],
            forbidden: [folder],
            web: { connect: (who, requested) => web.connect(who, requested) },
            ownListeners: () => [],
            recorder: recordings,
            clock,
            random: systemRandom,
            log: silentLog,
          });
          return {
            ...served,
            close: async (reason) => {
              await beforeClose?.();
              await served.close(reason);
            },
          };
        },
      });
      const environment = { clock, random: systemRandom, log: silentLog };
      const desk = recordingsDesk({
        folder: recordingsFolder(join(folder, 'recordings')),
        identity,
        recordings,
        settings: state.settings,
        configured: usualPolicy,
      });
      subject = makeSubject({ agent, state, recordings: desk, bootId, ...environment });
      web = makeWebInterface({ ...subject, ...environment });
      agent.start();
    },
    async stop(): Promise<void> {
      await agent.stop();
      recordings.stop();
      await web.close();
      subject.close();
      state.close();
    },
    async close(): Promise<void> {
      await device.stop();
      rmSync(folder, { recursive: true, force: true });
    },
    enable(scopes: readonly Scope[] = ['web'], durationMs = 3_600_000): void {
      agent.enable({ durationMs, scopes, approval: false, reference: undefined }, 'root');
    },
    /** The next state that looks right. */
    until(look: (status: Status) => boolean): Promise<Status> {
      return new Promise((resolve) => {
        const check = (): void => {
          const status = agent.status();
          if (!look(status)) return;
          unwatch();
          resolve(status);
        };
        const unwatch = agent.watch(check);
        check();
      });
    },
    otp(): Otp {
      const otp = Otp.parse(agent.password()?.digits() ?? '');
      if (!otp) throw new Error('there is no OTP');
      return otp;
    },
  };
  device.start();
  return device;
}
export type TestDevice = Awaited<ReturnType<typeof makeDevice>>;

/** A representative made of the protocol's own parts. */
export async function makeRepresentative(relay: TestRelay, name: string) {
  const token = decodeToken(await relay.ask('representative', 'invite', name));
  const first = await dialRelay({
    host: token.host,
    ports: token.ports,
    timeoutMs: 5_000,
    clock,
    through: (socket) => connectUnpinned(socket, { rootSha256: token.rootSha256, now, clock }),
  });
  const made = await makeKeyAndRequest();
  const joined = await request(first.value.socket, {
    method: 'POST',
    path: '/v1/logins',
    host: token.host,
    body: { v: 1, secret: token.secret, request: made.request },
    answer: joinAnswerSchema,
    clock,
    timeoutMs: 5_000,
  });
  const authority = parseAuthority(joined.authority);
  const identity: TlsIdentity = {
    key: made.key,
    certificate: [joined.certificate, joined.authority.representative, joined.authority.root].join('\n'),
  };

  /** Knocks, and is on the line with the device. */
  async function reach(
    port: number,
  ): Promise<{ channel: HelloChannel; socket: TLSSocket; peer: PeerIdentity }> {
    const { value } = await dialRelay({
      host: token.host,
      ports: token.ports,
      timeoutMs: 5_000,
      clock,
      through: (socket) => connectTls(socket, { identity, authority, role: 'relay', now, clock }),
    });
    const joint = await upgrade(value.socket, {
      path: `/v1/grants/${port}/session`,
      host: token.host,
      clock,
      timeoutMs: 15_000,
    });
    const inner = await connectTls(joint.socket, { identity, authority, role: 'device', now, clock });
    return { channel: new HelloChannel(inner.socket), ...inner };
  }

  async function pair(port: number, otp: Otp) {
    const line = await reach(port);
    const own = (await import('node:crypto')).X509Certificate;
    const sha256 = new own(joined.certificate).fingerprint256.replaceAll(':', '').toLowerCase();
    line.channel.send({ type: 'pair', port: port as PortNumber });
    const ready = await receiveAnswer(line.channel, ['ready'], { deadline: never });
    await pairAsRepresentative({
      channel: line.channel,
      otp,
      port: port as PortNumber,
      grant: ready.grant,
      sessionId: pairingSessionId(line.socket),
      own: { certificateSha256: sha256 },
      peer: line.peer,
      random: systemRandom,
      storePin: async () => {},
      deadline: never,
    });
    return { ...line, grant: ready.grant };
  }

  async function open(line: { channel: HelloChannel; grant: GrantId }, port: number) {
    line.channel.send({ type: 'open', port: port as PortNumber, grant: line.grant });
    const opened = await receiveAnswer(line.channel, ['opened'], { deadline: never });
    const connection = line.channel.release();
    const stream = new ResumableStream({ clock, id: opened.stream });
    stream.attach(connection, { generation: 0, peerReceived: 0 });
    const http2 = connectHttp2('http://device', { createConnection: () => stream });
    http2.on('error', () => {});
    return { opened, stream, connection, http2 };
  }

  async function resume(stream: ResumableStream, grant: GrantId, port: number): Promise<Duplex> {
    const line = await reach(port);
    stream.suspend();
    const generation = stream.generation + 1;
    line.channel.send({
      type: 'resume',
      port: port as PortNumber,
      grant,
      stream: stream.id,
      generation,
      received: stream.received,
    });
    const { received } = await receiveAnswer(line.channel, ['resumed'], { deadline: never });
    const connection = line.channel.release();
    stream.attach(connection, { generation, peerReceived: received });
    return connection;
  }

  return { reach, pair, open, resume };
}
export type TestRepresentative = Awaited<ReturnType<typeof makeRepresentative>>;

/** What the device's web interface answers to a GET over a `web` channel. */
export async function askStatus(
  http2: ReturnType<typeof connectHttp2>,
  path = '/v1/status',
): Promise<string> {
  const channel = http2.request({ ':method': 'CONNECT', ':authority': 'web' });
  channel.write(`GET ${path} HTTP/1.1\r\nHost: device\r\nConnection: close\r\n\r\n`);
  let text = '';
  for await (const chunk of channel) text += String(chunk);
  return text;
}
