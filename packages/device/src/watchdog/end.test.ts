import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { seededRandom } from '@sallyport/protocol/testing';
import { openState as openGrant } from '../grant/testing.ts';
import { agentMark, readStat } from '../processes/procfs.ts';
import { useUpDescriptors } from '../processes/testing.ts';
import { openState } from '../state/index.ts';
import { endAgent, type WatchedAgent } from './end.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-'));
  const state = openState(folder, seededRandom(1));
  state.grants.save(openGrant(), 1);
  state.close();
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A process that hangs, in the place of an agent. */
async function hungAgent(): Promise<WatchedAgent> {
  const child = spawn('sleep', ['60'], { stdio: 'ignore' });
  await once(child, 'spawn');
  const { pid = 0 } = child;
  return { pid, mark: `${agentMark().split('-')[0]}-${pid}-${readStat(pid)?.startTime}` };
}
function stored() {
  const state = openState(folder, seededRandom(2));
  try {
    return { grant: state.grants.load().at, events: state.audit.list(10).map(({ event }) => event) };
  } finally {
    state.close();
  }
}

describe('the end of an agent that hangs', { timeout: 20_000 }, () => {
  it('is stored with the reason, its processes ended', async () => {
    const agent = await hungAgent();
    let ended = 0;
    await endAgent(agent, { folder, reason: 'disabled' }, async () => {
      assert.notEqual(readStat(agent.pid)?.state, 'S', 'the agent first');
      ended += 1;
    });
    assert.equal(ended, 1);
    assert.deepEqual(stored(), { grant: 'disabled', events: ['grant-ended-1', 'agent-killed-1'] });
  });

  it('is stored though a process does not end, and that is told', async () => {
    const failing = (): Promise<void> => Promise.reject(new Error('2 processes do not end'));
    await assert.rejects(endAgent(await hungAgent(), { folder, reason: 'disabled' }, failing), /do not end/);
    assert.equal(stored().grant, 'disabled');
  });

  it('comes and is stored as soon as there are descriptors for it', async () => {
    const agent = await hungAgent();
    const giveBack = useUpDescriptors(0);
    const ended = endAgent(agent, { folder, reason: 'disabled' }, async () => {});
    // Long enough for one that takes an agent for dead whose state cannot be read.
    await Promise.race([ended.catch(() => {}), sleep(100)]);
    giveBack();
    await ended;
    assert.equal(readStat(agent.pid)?.state ?? 'Z', 'Z', 'the agent is gone');
    assert.equal(stored().grant, 'disabled');
  });

  it('leaves the grant as it is when the agent went without a word', async () => {
    await endAgent(await hungAgent(), undefined, async () => {});
    assert.equal(stored().grant, 'open');
  });
});
