import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { uniform } from '@sallyport/protocol/environment';
import { seededRandom } from '@sallyport/protocol/testing';
import { type Enabled, mustRun, pidsOf, programs, type TestStage, testStage } from '../stage/index.ts';
import { type Busy, type Person, startBusy } from './parts/busy.ts';
import { databasesIn, integrityOf, isLocked } from './parts/databases.ts';
import { form, seed } from './parts/form.ts';
import { askUntil, until } from './parts/until.ts';

/** So long the programs stay alone between two kills, at most. */
const quietMs = 1_200;
/** What the busy people leave running on the device; found by a number that is no other program's. */
const leftover = `${400_000 + process.pid}`;
const leftovers = (): number[] => pidsOf(new RegExp(`^sleep ${leftover}$`));
const victims = ['relay', 'agent', 'command', 'command'] as const;

let stage: TestStage;
let erin = '';
let grant: Enabled;
let busy: Busy;
const killed = { relay: 0, agent: 0, command: 0 };

before(async () => {
  stage = await testStage();
  erin = await stage.representative('erin@maker.example');
  grant = await stage.fresh('--for', '4h', '--allow', 'terminal,files:write');
  await stage.pair(erin, grant);
});
after(async () => {
  await busy?.abort();
  await stage?.end();
  for (const pid of leftovers()) process.kill(pid, 'SIGKILL');
});

const people = (): Record<string, Person> => {
  const log = join(stage.files, 'log');
  writeFileSync(log, '');
  const password = join(stage.files, 'password');
  writeFileSync(password, 'correct horse battery\n', { mode: 0o600 });
  const asErin = { SALLYPORT_DATA: erin };
  const port = String(grant.port);
  return {
    commands: {
      act: async (n, run) => {
        const line = `line ${n}`;
        const left = `sleep ${leftover} >/dev/null 2>&1 </dev/null &`;
        const script = `echo '${line}' >>'${log}'; setsid ${left} ${left} echo done`;
        const answer = await run(programs.support, ['exec', port, '--', script], asErin);
        return answer.status === 0 && answer.stdout === 'done\n' ? line : undefined;
      },
    },
    copies: {
      act: async (n, run) => {
        const [from, to] = [join(stage.files, `sent-${n}`), join(stage.files, `arrived-${n}`)];
        writeFileSync(from, `${n} `.repeat(100_000));
        const answer = await run(programs.support, ['cp', from, `${port}:${to}`], asErin);
        return answer.status === 0 ? String(n) : undefined;
      },
    },
    invitations: {
      act: async (n, run) => {
        const args = ['representative', 'invite', `r${n}@maker.example`, '--data', stage.relayData];
        const { status } = await run(programs.relay, args);
        return status === 0 ? `r${n}@maker.example` : undefined;
      },
    },
    administrators: {
      act: async (n, run) => {
        const args = ['admin', 'add', `a${n}`, '--password-file', password, '--data', stage.deviceData];
        const { status } = await run(programs.device, args);
        return status === 0 ? `a${n}` : undefined;
      },
    },
  };
};

async function kill(victim: (typeof victims)[number], pick: (count: number) => number): Promise<void> {
  if (victim === 'command') {
    const commands = busy.running();
    const child = commands[commands.length === 0 ? 0 : pick(commands.length)];
    if (!child?.kill('SIGKILL')) return;
  } else if (victim === 'relay') await stage.restartRelay('SIGKILL');
  else {
    await stage.running.device.end('SIGKILL');
    stage.running.device = await stage.startDevice();
  }
  killed[victim] += 1;
}

describe(`kill -9 of relay, agent and commands (${form.kills} times, seed ${seed})`, () => {
  it('stops nobody from going on: the port number stays, and the next command works', async () => {
    const random = seededRandom(seed);
    const pick = (count: number): number => uniform(random, count);
    busy = startBusy(people());
    for (let kills = 0; kills < form.kills; kills += 1) {
      await sleep(pick(quietMs)); // The random moment.
      await kill(victims[pick(victims.length)] ?? 'relay', pick);
    }
    await busy.stop();
    const { commands, answered } = busy.count();
    console.log(`killed ${JSON.stringify(killed)}; ${answered} of ${commands} commands were answered`);
    // The last kill may have been a moment ago: the device is back by itself.
    const ask = async (): Promise<{ tunnel: string }> =>
      JSON.parse((await stage.device(['status', '--json'])).stdout);
    await askUntil(ask, ({ tunnel }) => tunnel === 'up', 30_000);
    const after = await stage.sallyport(erin, ['exec', String(grant.port), '--', 'echo', 'in']);
    assert.deepEqual([after.status, after.stdout], [0, 'in\n'], after.stderr);
    const status = JSON.parse((await stage.device(['status', '--json'])).stdout);
    assert.deepEqual([status.state, status.port], ['open', grant.port]);
    assert.ok(answered >= form.kills, 'in between, commands were answered');
  });
  it('loses nothing that was answered, and does nothing twice', async () => {
    const lines = readFileSync(join(stage.files, 'log'), 'utf8').split('\n').filter(Boolean);
    assert.equal(new Set(lines).size, lines.length, 'no command ran twice');
    for (const line of busy.answered.get('commands') ?? []) assert.ok(lines.includes(line), line);
    for (const n of busy.answered.get('copies') ?? []) {
      const [sent, arrived] = ['sent', 'arrived'].map((name) =>
        readFileSync(join(stage.files, `${name}-${n}`)),
      );
      assert.deepEqual(arrived, sent);
    }
    const list = ['representative', 'list', '--data', stage.relayData, '--json'];
    const invited = JSON.parse(await mustRun(programs.relay, list)) as { id: string }[];
    for (const id of busy.answered.get('invitations') ?? [])
      assert.ok(
        invited.some((one) => one.id === id),
        id,
      );
    const listed = JSON.parse((await stage.device(['admin', 'list', '--json'])).stdout) as { name: string }[];
    for (const name of busy.answered.get('administrators') ?? [])
      assert.ok(
        listed.some((one) => one.name === name),
        name,
      );
  });
  it('leaves no process on the device after Disable', async () => {
    const script = `setsid sleep ${leftover} >/dev/null 2>&1 & sleep ${leftover}`;
    const inside = stage.sallyport(erin, ['exec', String(grant.port), '--', script]);
    await until('two programs run on the device', () => leftovers().length >= 2, 20_000);
    assert.equal((await stage.device(['disable'])).status, 0);
    assert.deepEqual(leftovers(), []);
    assert.notEqual((await inside).status, 0);
  });
  it('leaves databases that are whole, and no lock', async () => {
    await stage.running.relay.end();
    await stage.running.device.end();
    const databases = [stage.relayData, stage.deviceData, erin].flatMap(databasesIn);
    assert.ok(databases.length >= 2, `${databases}`);
    for (const path of databases) {
      assert.equal(integrityOf(path), 'ok', path);
      assert.equal(isLocked(path), false, path);
    }
  });
});
