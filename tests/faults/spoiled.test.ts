/**
 * A connection that is reset, or has bytes in it that nobody sent, at every point of the way in: TCP, TLS to the relay,
 * upgrade, inner TLS, hello, pairing, the first frames; on the representative's leg and on the device's, both ways.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { SallyportError } from '@sallyport/protocol/errors';
import type { GrantId } from '@sallyport/protocol/grant';
import { statusSchema } from '../../packages/device/src/agent/status.ts';
import { callAgent } from '../../packages/device/src/api/index.ts';
import { knock } from '../../packages/relay/src/testing/device.ts';
import { logIn } from '../../packages/relay/src/testing/people.ts';
import type { RelayPlace } from '../../packages/relay/src/testing/relay.ts';
import { newPassword, statusOf } from '../../scripts/hostile/agent.ts';
import { asRepresentative, clock, codeOf, open, pair } from '../../scripts/hostile/line.ts';
import { type Middlebox, openMiddlebox, type Spoil } from '../../scripts/hostile/middlebox.ts';
import { type Someone, type StolenKeys, someone, stealKeys } from '../../scripts/hostile/people.ts';
import { type Enabled, isRunning, type TestStage, testStage } from '../stage/index.ts';
import { form } from './parts/form.ts';

const legs = ['representative', 'device'] as const;
type Leg = (typeof legs)[number];
/** Files that are open at one moment and not at the next; what is lost at every point is many more. */
const few = 4;

let stage: TestStage;
let boxes: { readonly [leg in Leg]: Middlebox };
let keys: StolenKeys;
let erinData = '';
let grant: Enabled;
let grantId: GrantId;

before(async () => {
  boxes = { representative: await openMiddlebox(), device: await openMiddlebox() };
  stage = await testStage({ deviceEnv: { SALLYPORT_RELAY_PORTS: String(boxes.device.port) } });
  for (const leg of legs) boxes[leg].target = stage.relayPorts[0] ?? 0;
  erinData = await stage.representative('erin@maker.example');
  keys = stealKeys(stage.relayData);
  await fresh();
});
after(async () => {
  await stage?.end();
  for (const leg of legs) boxes?.[leg].close();
});

const relayAt = (port: number): RelayPlace => ({
  port,
  folder: {
    path: stage.relayData,
    place: { file: join(stage.relayData, 'relay.sqlite') },
    remove: () => {},
  },
});
let people = 0;
/** Somebody with a key of their own: a run that was cut short counts as a failure of a key, of which each has three. */
async function newcomer(): Promise<Someone> {
  people += 1;
  const { id, identity } = await logIn(relayAt(direct()), `r${people}@maker.example`);
  return someone(id, identity);
}

/** The way in from its first byte. `otp` is left out by who is paired. */
async function enter(who: Someone, port: number, otp?: string): Promise<void> {
  const { socket } = await knock(relayAt(port), { id: who.id, identity: who.tls }, grant.port);
  try {
    const line = await asRepresentative(socket, who, keys.authority);
    if (otp !== undefined) await pair(line, grant.port, otp);
    const { stream } = await open(line, grant.port, grantId);
    stream.endDeliberately('session-closed');
    // The device hears of it, and hangs up.
    if (!socket.destroyed) await Promise.race([once(socket, 'close'), sleep(1_000)]);
  } finally {
    socket.destroy();
  }
}
const direct = (): number => stage.relayPorts[0] ?? 0;
/** What a process has open, each by what it is. */
const openFiles = (pid: number | undefined): string[] =>
  readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/${pid}/fd/${fd}`).replace(/:\[\d+\]$/, '')];
    } catch {
      return []; // Closed in between.
    }
  });
/** A fresh grant, with nothing of the one before. */
async function fresh(): Promise<void> {
  grant = await stage.fresh('--for', '1h', '--allow', 'terminal');
  grantId = (await statusOf(stage.deviceData)).grant as GrantId;
}
const pids = (): (number | undefined)[] =>
  [stage.running.relay, stage.running.device].map(({ child }) => child.pid);

/** One password is enough, whatever becomes of the first try with it. */
async function spoilOnce(leg: Leg, spoil: Spoil): Promise<string> {
  const [who, otp] = [await newcomer(), await newPassword(stage.deviceData)];
  boxes[leg].spoilNext(spoil);
  const error = await enter(who, boxes.representative.port, otp).then(
    () => undefined,
    (failure: unknown) => failure,
  );
  // What the device declined with is a WireError; what this side found out, an error of the table.
  const code = (error as { code?: string } | undefined)?.code;
  assert.ok(error === undefined || error instanceof SallyportError || code !== undefined, String(error));
  assert.notEqual(code, 'internal');
  const { otp: state } = await statusOf(stage.deviceData);
  const again = state === 'spent' ? undefined : otp;
  assert.equal(
    await codeOf(enter(who, direct(), again)),
    undefined,
    `${JSON.stringify(spoil)} at the ${leg}: ${code}`,
  );
  await endSuspended();
  return code ?? 'in';
}

/** What was spoiled behind the way in waits for its person, who does not come back. */
async function endSuspended(): Promise<void> {
  const { sessions } = await statusOf(stage.deviceData);
  for (const { id } of sessions) {
    await callAgent(stage.deviceData, clock, {
      method: 'DELETE',
      path: `/v1/sessions/${id}`,
      answer: statusSchema,
    });
  }
}

describe(`a connection that is spoiled at ${form.spoils} points`, () => {
  let points: { readonly [leg in Leg]: { readonly near: number; readonly far: number } };
  let files: string[][] = [];
  before(async () => {
    // What the first command starts for good, such as the program that tells syslog, is no leftover of what follows.
    const env = { SALLYPORT_OTP: await newPassword(stage.deviceData) };
    await stage.sallyport(erinData, ['exec', String(grant.port), '--', 'true'], { env });
    await fresh();
    files = pids().map(openFiles);
    await enter(await newcomer(), boxes.representative.port, await newPassword(stage.deviceData));
    points = { representative: boxes.representative.passed(), device: boxes.device.passed() };
  });

  for (const leg of legs) {
    for (const side of ['near', 'far'] as const) {
      const where = side === 'near' ? `the ${leg} sends` : `comes to the ${leg}`;
      it(`in what ${where} harms nobody, and the same password is good`, async () => {
        const bytes = points[leg][side];
        assert.ok(bytes > 5_000, `${bytes} bytes of a whole way in`);
        const outcomes = new Set<string>();
        for (let point = 0; point < form.spoils; point += 1) {
          // The last points lie behind the end: then nothing is spoiled, and it is seen that this can be.
          const after = Math.round((point / (form.spoils - 2)) * bytes * 1.02);
          outcomes.add(await spoilOnce(leg, { how: point % 2 === 0 ? 'reset' : 'garbage', after, of: side }));
        }
        assert.ok(outcomes.size > 1, [...outcomes].join());
      });
    }
  }
  it('costs a person who types a command again no second password', async () => {
    const env = { SALLYPORT_RELAY_PORTS: String(boxes.representative.port) };
    for (let point = 0; point < form.spoils / 2; point += 1) {
      const otp = await newPassword(stage.deviceData);
      const after = Math.round((point / (form.spoils / 2)) * points.representative.far);
      boxes.representative.spoilNext({ how: 'reset', after, of: 'far' });
      const command = ['exec', String(grant.port), '--', 'echo', 'in'];
      const again = { ...env, SALLYPORT_OTP: otp };
      const first = await stage.sallyport(erinData, command, { env: again });
      const done = first.status === 0 ? first : await stage.sallyport(erinData, command, { env: again });
      assert.deepEqual(
        [done.status, done.stdout],
        [0, 'in\n'],
        `after ${after} bytes: ${first.stderr} ${done.stderr}`,
      );
    }
  });
  it('leaves nothing open at the relay and on the device, which run on', async () => {
    await fresh();
    for (const end = performance.now() + 20_000; ; await sleep(250)) {
      const now = pids().map(openFiles);
      const more = now.filter((each, index) => each.length > (files[index]?.length ?? 0) + few);
      if (more.length === 0) break;
      assert.ok(performance.now() < end, `${JSON.stringify(files)} before, ${JSON.stringify(now)} after`);
    }
    assert.ok(pids().every((pid) => pid !== undefined && isRunning(pid)));
  });
});
