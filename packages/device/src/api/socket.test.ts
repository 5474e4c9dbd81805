import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { fail, toWireError } from '@sallyport/protocol/errors';
import { withSpareDescriptors } from '../processes/testing.ts';
import { followAgent } from './client.ts';
import { connectAgent, listenOnSocket, mustBeAlone } from './socket.ts';

let folder: string;
let server: Server;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-'));
  server = createServer((_request, response) => {
    response.writeHead(429, { 'content-type': 'application/json' });
    const error = fail('rate-limited', { details: { limit: '32 readers of events' } });
    response.end(JSON.stringify({ error: toWireError(error) }));
  });
});
afterEach(() => {
  server.close();
  server.closeAllConnections();
  rmSync(folder, { recursive: true });
});

describe('a data folder', () => {
  it('has no agent where there is no socket, and where nobody listens on it', async () => {
    await mustBeAlone(folder);
    await mustBeAlone(join(folder, 'x'.repeat(120)));
    writeFileSync(join(folder, 'agent.sock'), '');
    await mustBeAlone(folder);
  });

  it('has an agent where one answers', async () => {
    await listenOnSocket(server, folder);
    await assert.rejects(mustBeAlone(folder), { code: 'agent-running' });
  });

  it('may have an agent where it cannot be asked: then nothing of it is touched', async () => {
    await listenOnSocket(server, folder);
    const failure = { code: 'agent-unreachable', details: { reason: 'EMFILE' } };
    await withSpareDescriptors(0, async () => {
      await assert.rejects(mustBeAlone(folder), failure);
      await assert.rejects(connectAgent(folder), failure);
    });
  });
});

describe('the socket of an agent', () => {
  it('stays when connections cannot be taken, once and again', async () => {
    await listenOnSocket(server, folder);
    for (let count = 0; count < 3; count += 1) server.emit('error', new Error('accept EMFILE'));
    (await connectAgent(folder)).destroy();
  });
});

describe('who follows an agent', () => {
  it('is told why it answers something else', async () => {
    await listenOnSocket(server, folder);
    const following = followAgent(folder, () => undefined, new AbortController().signal);
    await assert.rejects(following, { code: 'rate-limited', details: { limit: '32 readers of events' } });
  });
});
