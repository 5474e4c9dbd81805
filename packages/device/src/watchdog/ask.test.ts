import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { Clock } from '@sallyport/protocol/environment';
import { fakeClock } from '@sallyport/protocol/testing';
import { disableByWatchdog } from './ask.ts';
import { watchdogSocket } from './words.ts';

let folder: string;
let server: Server | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-'));
});
afterEach(() => {
  server?.close();
  server = undefined;
  rmSync(folder, { recursive: true });
});

/** A watchdog that answers each who asks with the next of these; with undefined it hangs up. */
async function watchdogThatSays(...words: (string | undefined)[]): Promise<void> {
  const left = [...words];
  const answer = (socket: Socket): void => {
    socket.on('error', () => {});
    const word = left.shift();
    if (word === undefined) socket.destroy();
    else socket.once('data', () => socket.end(word));
  };
  server = createServer(answer).listen(join(folder, watchdogSocket));
  await once(server, 'listening');
}
/** Waits for nothing. */
const hasty: Clock = {
  ...fakeClock(),
  after: (_ms, run) => {
    const soon = setImmediate(run);
    return { cancel: () => clearImmediate(soon) };
  },
};
const disable = (): Promise<boolean> => disableByWatchdog(folder, hasty, new AbortController().signal);

describe('Disable by the watchdog', { timeout: 10_000 }, () => {
  it('is asked for again while the agent lives, and while nobody answers who is there', async () => {
    await watchdogThatSays('alive\n', undefined, 'ali', 'ended\n');
    assert.equal(await disable(), true);
  });
  it('waits for no answer when the agent has given one meanwhile', async () => {
    server = createServer((socket) => socket.on('error', () => {})).listen(join(folder, watchdogSocket));
    await once(server, 'listening');
    const answered = new AbortController();
    const disabled = disableByWatchdog(folder, hasty, answered.signal);
    await once(server, 'connection');
    answered.abort();
    assert.equal(await disabled, false);
  });
  it('is given up where there is no watchdog', async () => {
    assert.equal(await disable(), false);
  });
});
