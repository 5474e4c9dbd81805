import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { connect as connectTcp, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import type { Clock } from '@sallyport/protocol/environment';
import { silentLog } from '@sallyport/protocol/environment';
import { fail } from '@sallyport/protocol/errors';
import type { GrantId } from '@sallyport/protocol/grant';
import { seededRandom } from '@sallyport/protocol/testing';
import { systemClock } from '@sallyport/runtime/clock';
import { Agent } from '../agent/index.ts';
import { makeSubject } from '../api/index.ts';
import { type ChannelSession, InputGate, type ListenerAddress } from '../channels/index.ts';
import { aGrant, openState as openGrant } from '../grant/testing.ts';
import { identityStore } from '../identity/index.ts';
import { noRecordings, nothingRecorded } from '../recordings/testing.ts';
import { openState } from '../state/index.ts';
import type { CertificateSource } from './certificate.ts';
import { type Listening, makeWebInterface } from './server.ts';

export const password = 'correct horse battery';
const index =
  '<html><meta property="csp-nonce" nonce="__CSP_NONCE__"><script src="/assets/index-1.js"></script>';

/** A session with the scope `web`, until it is told otherwise. */
export function aSession(options: { allowed?: () => boolean; representative?: string } = {}): ChannelSession {
  const { allowed = () => true, representative = 'erin@maker.example' } = options;
  return {
    id: 's'.repeat(22) as ChannelSession['id'],
    grant: aGrant.id,
    representative,
    keySha256: 'e'.repeat(64),
    hostKey: '',
    input: new InputGate(),
    allows: allowed,
    scopes: () => ['web'],
    terms: () => ({ scopes: ['web'], leftMs: 3_600_000 }),
    onTerms: () => () => {},
    ask: () => ({ answer: Promise.reject(fail('ask-refused')) }),
    record: { channelOpened() {}, channelClosed() {}, refused() {}, file() {} },
  };
}

export type Answer = {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly error: string | undefined;
  json(): Record<string, never>;
};
export type Ask = {
  readonly method?: string;
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
};

/** The web interface of an agent that knows no relay, with pages of its own. */
export async function webScene(
  options: {
    clock?: Clock;
    pages?: boolean;
    openGrant?: boolean;
    headersMs?: number;
    sessionsUser?: number;
  } = {},
) {
  const { clock = systemClock(), pages = true } = options;
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-'));
  const pagesFolder = join(folder, 'pages');
  mkdirSync(join(pagesFolder, 'assets'), { recursive: true });
  const buildPages = (): void => {
    writeFileSync(join(pagesFolder, 'index.html'), index);
    writeFileSync(join(pagesFolder, 'assets/index-1.js'), 'plain');
    writeFileSync(join(pagesFolder, 'assets/index-1.js.br'), 'by brotli');
    writeFileSync(join(pagesFolder, 'assets/index-1.js.gz'), 'by gzip');
    writeFileSync(join(pagesFolder, 'icon.svg'), '<svg/>');
  };
  if (pages) buildPages();
  const state = openState(folder, seededRandom(1));
  if (options.openGrant) {
    const boot = { bootId: 'boot-a', bootMs: clock.bootMs(), wallMs: clock.wallMs() };
    state.grants.save(openGrant({ span: { ...boot, leftMs: 3_600_000, capMs: 3_600_000 } }), clock.wallMs());
  }
  const common = { clock, random: seededRandom(2), log: silentLog };
  const agent = new Agent({
    ...common,
    state,
    identity: identityStore(join(folder, 'identity.json')),
    config: {
      runAs: { kind: 'missing', reason: 'run-as is not set' },
      webTarget: undefined,
      fileRoots: ['/'],
      outboundPort: undefined,
      web: undefined,
    },
    bootId: 'boot-a',
    serve: () => ({ close: async () => {}, channels: () => [], terminal: () => undefined }),
    recordings: nothingRecorded,
  });
  agent.start();
  const subject = makeSubject({ ...common, agent, state, recordings: noRecordings, bootId: 'boot-a' });
  const web = makeWebInterface({
    ...subject,
    ...common,
    pages: pagesFolder,
    ...(options.headersMs === undefined ? {} : { headersMs: options.headersMs }),
    sessionsUser: options.sessionsUser,
  });
  let listening: Listening | undefined;
  const own = (name: string): string => join(folder, name);

  return {
    folder,
    state,
    agent,
    subject,
    web,
    buildPages,
    async listen(
      address: ListenerAddress = { address: '127.0.0.1', port: 0 },
      source: CertificateSource = { own, names: [] },
    ): Promise<Listening> {
      listening = await web.listen(address, source);
      return listening;
    },
    /** Asks by TCP, with the headers that the device's own page sends, unless others are given. */
    ask(asked: Ask, connection?: Socket): Promise<Answer> {
      const { address, port } = listening ?? { address: '', port: 0 };
      const host = `${address}:${port}`;
      const headers = { host, origin: `http://${host}`, ...asked.headers };
      return exchange(connection ?? connectTcp(port, address), { ...asked, headers });
    },
    /** Asks through a session, as the browser at the representative's does. */
    askThrough(session: ChannelSession, asked: Ask): Promise<Answer> {
      const host = 'd1.localhost:8000';
      const headers = { host, origin: `http://${host}`, ...asked.headers };
      return exchange(web.connect(session), { ...asked, headers });
    },
    grantId: aGrant.id as GrantId,
    async close(): Promise<void> {
      await web.close();
      await agent.stop();
      subject.close();
      state.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
export type WebScene = Awaited<ReturnType<typeof webScene>>;

export async function exchange(
  connection: Duplex,
  { method = 'GET', path, body, headers = {} }: Ask,
): Promise<Answer> {
  const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
  const given = Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== ''));
  const asked = httpRequest({
    createConnection: () => connection,
    method,
    path,
    headers: {
      ...given,
      connection: 'close',
      ...(text === undefined ? {} : { 'content-type': 'application/json' }),
    },
  });
  asked.end(text);
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    asked.once('response', resolve);
    asked.once('error', reject);
  });
  let read = '';
  for await (const chunk of answer) read += String(chunk);
  const json = (): Record<string, never> => JSON.parse(read) as Record<string, never>;
  const isJson = String(answer.headers['content-type']).startsWith('application/json');
  return {
    status: answer.statusCode,
    headers: answer.headers,
    text: read,
    error: isJson ? (json()['error'] as { code: string } | undefined)?.code : undefined,
    json,
  };
}

/** What a browser sends back of the cookies of an answer. */
export const cookiesOf = ({ headers }: Answer): string =>
  (headers['set-cookie'] ?? []).map((cookie) => cookie.split(';')[0]).join('; ');
