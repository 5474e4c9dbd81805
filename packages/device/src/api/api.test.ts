import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { request as httpRequest, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { duplexPair } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import { silentLog } from '@sallyport/protocol/environment';
import { seededRandom } from '@sallyport/protocol/testing';
import { systemClock } from '@sallyport/runtime/clock';
import { Agent, statusSchema } from '../agent/index.ts';
import type { ChannelSession } from '../channels/index.ts';
import { identityStore } from '../identity/index.ts';
import { noRecordings, nothingRecorded } from '../recordings/testing.ts';
import { openState, type State } from '../state/index.ts';
import { callAgent, followAgent } from './client.ts';
import { markConnection } from './mark.ts';
import { routes } from './routes.ts';
import { makeApi } from './server.ts';
import { connectAgent, listenOnSocket } from './socket.ts';
import { makeSubject, type Subject } from './subject.ts';

let folder: string;
let state: State;
let agent: Agent;
let subject: Subject;
let api: ReturnType<typeof makeApi>;
const clock = systemClock();

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-'));
  state = openState(folder, seededRandom(1));
  agent = new Agent({
    state,
    identity: identityStore(join(folder, 'identity.json')),
    config: {
      runAs: { kind: 'missing', reason: 'run-as is not set' },
      webTarget: undefined,
      fileRoots: ['/'],
      outboundPort: undefined,
      web: undefined,
    },
    clock,
    bootId: 'boot-a',
    random: seededRandom(2),
    log: silentLog,
    serve: () => ({ close: async () => {}, channels: () => [], terminal: () => undefined }),
    recordings: nothingRecorded,
  });
  agent.start();
  subject = makeSubject({
    agent,
    state,
    recordings: noRecordings,
    clock,
    bootId: 'boot-a',
    random: seededRandom(3),
    log: silentLog,
  });
  api = makeApi({ ...subject, clock, log: silentLog });
  await api.ready();
  await listenOnSocket(api.server, folder);
});
after(async () => {
  await api.close();
  subject.close();
  await agent.stop();
  state.close();
  rmSync(folder, { recursive: true });
});

/** Asks over a connection in memory, with a session's mark or without. */
async function ask(method: string, path: string, options: { marked?: boolean; body?: string } = {}) {
  const [ours, theirs] = duplexPair();
  if (options.marked) markConnection(theirs, { representative: 'erin' } as ChannelSession);
  (api.server as Server).emit('connection', theirs);
  const request = httpRequest({
    createConnection: () => ours,
    method,
    path,
    headers: { host: 'agent', 'content-type': 'application/json', connection: 'close' },
  });
  request.end(options.body);
  const [answer] = await new Promise<[import('node:http').IncomingMessage]>((resolve, reject) => {
    request.once('response', (response) => resolve([response]));
    request.once('error', reject);
  });
  let text = '';
  for await (const chunk of answer) text += String(chunk);
  return {
    status: answer.statusCode,
    body: JSON.parse(text) as { error?: { code: string } } & Record<string, unknown>,
  };
}

describe("the agent's API", () => {
  it('listens on a socket for its owner alone', () => {
    assert.equal(statSync(join(folder, 'agent.sock')).mode & 0o777, 0o600);
  });

  it('refuses a second agent on the same folder', async () => {
    const second = makeApi({ ...subject, clock, log: silentLog });
    await second.ready();
    await assert.rejects(listenOnSocket(second.server, folder), { code: 'agent-running' });
    await second.close();
  });

  it('is reached in a folder that lies deeper than a socket path may be long', async () => {
    const deep = mkdtempSync(join(tmpdir(), `sallyport-${'x'.repeat(120)}-`));
    const second = makeApi({ ...subject, clock, log: silentLog });
    await second.ready();
    await listenOnSocket(second.server, deep);
    (await connectAgent(deep)).destroy();
    await second.close();
    rmSync(deep, { recursive: true });
  });

  it('says when no agent runs', async () => {
    await assert.rejects(connectAgent(join(folder, 'nowhere')), { code: 'agent-not-running' });
  });

  it('tells the state', async () => {
    const status = await callAgent(folder, clock, { path: '/v1/status', answer: statusSchema });
    assert.equal(status.state, 'disabled');
    assert.equal(status.problem?.code, 'not-enrolled');
  });

  it('refuses to enable a device that is not enrolled', async () => {
    const { status, body } = await ask('POST', '/v1/grant', {
      body: JSON.stringify({ forMs: 60_000, scopes: ['web'] }),
    });
    assert.equal(status, 409);
    assert.equal(body.error?.code, 'not-enrolled');
  });

  for (const [what, body] of [
    ['no scope', { forMs: 60_000, scopes: [] }],
    ['an unknown scope', { forMs: 60_000, scopes: ['everything'] }],
    ['9 seconds', { forMs: 9_999, scopes: ['web'] }],
    ['more than a day', { forMs: 24 * 3_600_000 + 1, scopes: ['web'] }],
    ['an unknown field', { forMs: 60_000, scopes: ['web'], password: 'x' }],
  ] as const) {
    it(`refuses to enable for ${what}`, async () => {
      const answer = await ask('POST', '/v1/grant', { body: JSON.stringify(body) });
      assert.equal(answer.body.error?.code, 'message-malformed');
    });
  }

  it('refuses a body that is too large before it reads it', async () => {
    const { body } = await ask('POST', '/v1/cuts', { body: JSON.stringify({ who: 'x'.repeat(70_000) }) });
    assert.equal(body.error?.code, 'message-too-large');
  });

  it('answers what is not there, and what is not JSON, by a code', async () => {
    assert.equal((await ask('GET', '/v1/nothing')).body.error?.code, 'not-found');
    assert.equal((await ask('POST', '/v1/cuts', { body: '{' })).body.error?.code, 'message-malformed');
  });
});

describe('whoever comes through a session', () => {
  for (const { method, path, consent } of routes) {
    const name = `${method} ${path}`;
    it(`${consent ? 'may not' : 'may'} use ${name}`, async () => {
      const { body } = await ask(method, path.replace(/:\w+/, 'x'), { marked: true });
      assert.equal(body.error?.code === 'consent-read-only', consent);
    });
  }

  it('may use no route that changes something, but to sign in and out', () => {
    assert.deepEqual(
      routes.filter(({ method, consent }) => method !== 'GET' && !consent).map(({ path }) => path),
      ['/v1/sign-in', '/v1/sign-out'],
    );
  });
});

describe('the description of the API', () => {
  it('has every route, in OpenAPI', async () => {
    const { body } = await ask('GET', '/v1/openapi.json');
    const paths = body['paths'] as Record<string, Record<string, unknown>>;
    for (const { method, path } of routes) {
      const described = paths[path.replace(/:(\w+)/g, '{$1}')];
      assert.ok(described?.[method.toLowerCase()], `${method} ${path}`);
    }
    assert.ok(paths['/v1/events']);
  });
});

describe('the stream of events', () => {
  it('begins with all of the state, and follows with every change', async () => {
    const seen: string[] = [];
    const done = followAgent(
      folder,
      (status) => {
        seen.push(status.state);
        if (seen.length === 1) agent.identityChanged();
        return seen.length === 2 ? 'enough' : undefined;
      },
      AbortSignal.timeout(5_000),
    );
    assert.equal(await done, 'enough');
    assert.deepEqual(seen, ['disabled', 'disabled']);
  });

  it('ends when the reader has had enough time', async () => {
    const stop = new AbortController();
    const following = followAgent(
      folder,
      () => {
        stop.abort();
        return undefined;
      },
      stop.signal,
    );
    assert.equal(await following, undefined);
  });
});
