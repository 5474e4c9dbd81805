/**
 * The machine of a device sleeps in the middle of a session. Relay, agent and representative are the real ones, in this
 * process, each with a clock of its own: so a night takes a second.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { encodeToken, grantListSchema } from '@sallyport/protocol/enrolment';
import type { PortNumber } from '@sallyport/protocol/grant';
import { rootSha256 } from '@sallyport/protocol/identity';
import { systemRandom } from '@sallyport/runtime/random';
import { makeDevice, type TestDevice } from '../../packages/device/src/agent/testing.ts';
import { readAuthority } from '../../packages/relay/src/authority/index.ts';
import { inviteSecret, tokenSecret } from '../../packages/relay/src/testing/people.ts';
import {
  makeFolder,
  relayName,
  startNode,
  type TestFolder,
  type TestRelay,
} from '../../packages/relay/src/testing/relay.ts';
import { runRemote } from '../../packages/support/src/command/index.ts';
import { login, readIdentity } from '../../packages/support/src/identity/index.ts';
import { askRelay, type Caller } from '../../packages/support/src/relay/index.ts';
import { type Notice, openSession, type Session } from '../../packages/support/src/session/index.ts';
import { isRunning } from '../stage/index.ts';
import { type FrozenWay, frozenWay } from './parts/frozenWay.ts';
import { movedClock } from './parts/movedClock.ts';
import { until } from './parts/until.ts';

const minuteMs = 60_000;
const clocks = { device: movedClock(), relay: movedClock(), representative: movedClock() };
let folder: TestFolder;
let relay: TestRelay;
let way: FrozenWay;
let device: TestDevice;
let caller: Caller;

before(async () => {
  folder = await makeFolder();
  relay = await startNode(folder, { clock: clocks.relay });
  way = await frozenWay(relay.port);
  const root = rootSha256(readAuthority(folder.path).parsed);
  const token = (kind: 'device' | 'representative', port: number, secret: string): string =>
    encodeToken({ kind, host: relayName, ports: [port], rootSha256: root, secret });
  const secret = await tokenSecret(folder);
  const ask = async (): Promise<string> => token('device', way.port, secret);
  const { start, kill, close } = { start: async () => {}, kill: async () => {}, close: async () => {} };
  device = await makeDevice({ port: way.port, ask, start, kill, close }, { clock: clocks.device });
  const data = mkdtempSync(join(tmpdir(), 'sallyport-test-'));
  const invite = token('representative', relay.port, await inviteSecret(folder, 'erin@maker.example'));
  await login({ data, invite, clock: clocks.representative });
  caller = { data, identity: await readIdentity(data), clock: clocks.representative };
});
after(async () => {
  await device?.close();
  way?.close();
  await relay?.stop();
  folder?.remove();
  if (caller) rmSync(caller.data, { recursive: true, force: true });
});

const quiet: Notice = {
  connecting() {},
  waiting() {},
  lost() {},
  paused() {},
  watched() {},
  back() {},
  end() {},
};

/** A session in a new grant, with `cat` in it that says who it is. */
async function enter(durationMs: number) {
  await device.agent.disable('root');
  device.enable(['terminal'], durationMs);
  const { port } = await device.until(({ state, tunnel }) => state === 'open' && tunnel === 'up');
  const session: Session = await openSession({
    caller,
    port: port as PortNumber,
    otp: { atHand: true, read: async () => device.otp() },
    random: systemRandom,
    notice: quiet,
    since: 0,
    waitMs: 0,
    onApproval: () => {},
  });
  const streams = { input: new PassThrough(), output: new PassThrough(), errors: new PassThrough() };
  let said = '';
  streams.output.on('data', (chunk) => {
    said += String(chunk);
  });
  const command = runRemote(session, { line: 'echo $$; exec cat', environment: {} }, streams);
  command.catch(() => {});
  await until('cat runs', () => said.includes('\n'), 10_000);
  return { session, pid: Number.parseInt(said, 10), input: streams.input, said: () => said };
}

/** Time passes for relay and representative, in steps in which a few packets go to and fro. */
async function others(ms: number, stepMs: number): Promise<void> {
  for (let left = ms; left > 0; left -= stepMs) {
    await Promise.all([clocks.relay.skip(stepMs), clocks.representative.skip(stepMs)]);
    await pause(5);
  }
}
/** The device's machine sleeps for so long, and nobody else does. */
async function sleep(ms: number, stepMs: number): Promise<void> {
  way.freeze();
  await others(ms, stepMs);
  clocks.device.sleep(ms);
}
const grants = async () => (await askRelay(caller, { path: '/v1/grants', answer: grantListSchema })).grants;

describe('a device whose machine sleeps', { timeout: 90_000 }, () => {
  it('for longer than a dead connection is waited for, goes on with the session that it had', async () => {
    const { session, pid, input, said } = await enter(60 * minuteMs);
    const [before] = device.agent.status().sessions;
    let isBack = false;
    session.onBack(() => {
      isBack = true;
    });
    await sleep(5 * minuteMs, 5_000);
    assert.deepEqual(
      (await grants()).map(({ connected }) => connected),
      [false],
      'the relay has noticed',
    );
    way.thaw();
    for (let turns = 0; !isBack && turns < 1_000; turns += 1) await others(200, 200);
    input.write('after the night\n');
    await until('cat answers', () => said().includes('after the night'), 10_000);
    const { sessions, leftMs = 0 } = device.agent.status();
    assert.deepEqual([sessions.length, sessions[0]?.id, sessions[0]?.state], [1, before?.id, 'live']);
    assert.ok(isRunning(pid));
    assert.ok(leftMs <= 55 * minuteMs && leftMs > 50 * minuteMs, `${leftMs} ms left`);
    await session.end();
  });

  it('for longer than the grant, has ended everything within a second of waking, and the relay had at its time', async () => {
    const { session, pid } = await enter(60 * minuteMs);
    let ended = '';
    void session.ended.then(({ code }) => {
      ended = code;
    });
    way.freeze();
    await others(59 * minuteMs, 30_000);
    assert.equal((await grants()).length, 1);
    await others(minuteMs + 1_000, 1_000);
    assert.deepEqual(await grants(), [], 'over at the relay within a second of its time');
    await others(120 * minuteMs, 5 * minuteMs);
    assert.ok(isRunning(pid), 'the device sleeps');
    clocks.device.sleep(180 * minuteMs);
    const wokeAt = performance.now();
    way.thaw();
    await until('the program is gone', () => !isRunning(pid), 5_000);
    const tookMs = performance.now() - wokeAt;
    assert.ok(tookMs < 1_500, `${tookMs} ms`);
    const { state, ended: why, sessions } = device.agent.status();
    assert.deepEqual([state, why, sessions], ['disabled', 'expired', []]);
    for (let turns = 0; ended === '' && turns < 200; turns += 1) await others(5_000, 5_000);
    assert.match(ended, /^grant-(ended|not-found)$/);
  });
});
