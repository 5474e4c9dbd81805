import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { silentLog } from '@sallyport/protocol/environment';
import { type FakeClock, fakeClock, seededRandom, settle } from '@sallyport/protocol/testing';
import { agentMark, readStat } from '../processes/procfs.ts';
import type { Step } from './steps.ts';
import { confirmWithinMs, type Hands, NetworkTrials, type NetworkTrialsOptions } from './trials.ts';
import type { NetworkWish } from './wish.ts';

const wish: NetworkWish = {
  interface: 'eth0',
  ipv4: { method: 'hand', address: '10.0.0.7', prefix: 24, gateway: null, dns: [] },
};
const step = (word: string): Step => ({ do: 'run', program: 'ip', args: [word], optional: false });

let folder = '';
let clock: FakeClock;
let done: string[];
let events: string[];
let settings: Map<string, string>;
let failing: string | undefined;
let tries = 0;
let logged: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-'));
  clock = fakeClock();
  done = [];
  events = [];
  settings = new Map();
  failing = undefined;
  tries = 0;
  logged = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

const hands: Hands = {
  plan: async () => ({ setBy: 'iproute2', apply: [step('apply')], back: [step('back')], keep: [] }),
  carryOut: async (steps) => {
    for (const one of steps) {
      const word = one.do === 'run' ? (one.args[0] ?? '') : one.do;
      if (word === 'back') tries += 1;
      if (word === failing) throw new Error('ip: no permission');
      done.push(word);
    }
  },
  startKeeper: () => void done.push('keeper'),
};
function make(options: Partial<NetworkTrialsOptions> = {}): NetworkTrials {
  return new NetworkTrials({
    folder,
    settings: { get: (name) => settings.get(name), set: (name, value) => void settings.set(name, value) },
    clock,
    bootId: 'boot-a',
    random: seededRandom(1),
    log: silentLog,
    allowed: true,
    audit: (event) => void events.push(event),
    changed: () => {},
    hands,
    ...options,
  });
}
const pass = async (ms: number): Promise<void> => {
  await clock.advance(ms);
  await settle();
};

describe('a change of the network', () => {
  it('is made after the answer, its taking back on the disk before', async () => {
    const trials = make();
    const { id } = await trials.begin(wish, 'alice');
    assert.deepEqual(done, ['keeper']);
    assert.equal(statSync(join(folder, 'network-trial.json')).mode & 0o777, 0o600);
    await pass(500);
    assert.deepEqual(done, ['keeper', 'apply']);
    assert.deepEqual(trials.view().standing, {
      id,
      interface: 'eth0',
      leftMs: confirmWithinMs - 500,
      address: '10.0.0.7',
      stuck: null,
    });
  });

  it('is taken back after a minute, not before', async () => {
    const trials = make();
    await trials.begin(wish, 'alice');
    await pass(confirmWithinMs - 1);
    assert.ok(!done.includes('back'));
    await pass(1);
    assert.deepEqual(done, ['keeper', 'apply', 'back']);
    assert.deepEqual([trials.view().standing, trials.view().last?.outcome], [null, 'taken-back']);
    assert.deepEqual(events, ['network-changed-1', 'network-taken-back-1']);
  });

  it('stays when it is confirmed, and is set again at a start', async () => {
    const trials = make();
    const { id } = await trials.begin(wish, 'alice');
    await pass(500);
    await trials.confirm(id, 'alice');
    await pass(2 * confirmWithinMs);
    assert.deepEqual(done, ['keeper', 'apply']);
    assert.deepEqual(JSON.parse(settings.get('network-kept') ?? ''), { eth0: wish });
    assert.equal(trials.view().last?.outcome, 'kept');
    await assert.rejects(trials.confirm(id, 'alice'), { code: 'network-trial-unknown' });
    assert.deepEqual(events, ['network-changed-1', 'network-kept-1']);
  });

  it('is taken back at once where a step fails, with the reason', async () => {
    const trials = make();
    failing = 'apply';
    await trials.begin(wish, 'alice');
    await pass(500);
    assert.deepEqual(done, ['keeper', 'back']);
    const { outcome, reason } = trials.view().last ?? {};
    assert.deepEqual([outcome, reason], ['failed', 'ip: no permission']);
  });

  it('is taken back again and again until that succeeds, after longer and longer, and says why not', async () => {
    const log = { ...silentLog, error: (name: string) => void logged.push(name) };
    const trials = make({ log });
    const { id } = await trials.begin(wish, 'alice');
    await pass(500);
    failing = 'back';
    await pass(confirmWithinMs);
    assert.equal(trials.view().standing?.stuck, 'ip: no permission');
    await assert.rejects(trials.confirm(id, 'alice'), { code: 'network-trial-unknown' });
    for (let passed = 0; passed < 3_600_000; passed += 60_000) await pass(60_000);
    // An hour of every two seconds would be 1,800.
    assert.ok(tries > 15 && tries < 25, String(tries));
    assert.deepEqual(logged, ['network-not-taken-back-1'], 'said once');
    failing = undefined;
    await pass(5 * 60_000);
    assert.deepEqual(done.at(-1), 'back');
    assert.equal(trials.view().standing, null);
  });

  it('is taken back after a step that is slow, not beside it; what comes after that step is not done', async () => {
    const slow = Promise.withResolvers<void>();
    const plan = { setBy: 'network-manager', apply: [step('slow'), step('apply')], keep: [] } as const;
    const trials = make({
      hands: {
        ...hands,
        plan: async () => ({ ...plan, back: [step('back')] }),
        carryOut: async (steps) => {
          await hands.carryOut(steps);
          if (done.at(-1) === 'slow') await slow.promise;
        },
      },
    });
    const { id } = await trials.begin(wish, 'alice');
    await pass(500);
    const back = trials.takeBack(id);
    await settle();
    assert.deepEqual(done, ['keeper', 'slow']);
    slow.resolve();
    await back;
    assert.deepEqual(done, ['keeper', 'slow', 'back']);
    assert.equal(trials.view().last?.outcome, 'taken-back');
  });

  it('is taken back when the other process that does it has come to its end, or hangs', async () => {
    const turn = join(folder, 'network-turn');
    const trials = make();
    const [space] = agentMark().split('-');
    const parent = `${space}-${process.ppid}-${readStat(process.ppid)?.startTime}`;
    for (const end of [() => rmSync(turn), () => pass(60_000)]) {
      await trials.begin(wish, 'alice');
      await pass(500);
      writeFileSync(turn, parent);
      done = [];
      await pass(confirmWithinMs);
      assert.deepEqual(done, []);
      await end();
      await pass(2_000);
      assert.deepEqual(done, ['back']);
    }
    assert.ok(!existsSync(turn));
  });

  it('is one at a time, and none where the maker has not allowed it', async () => {
    const trials = make();
    const both = await Promise.allSettled([trials.begin(wish, 'a'), trials.begin(wish, 'b')]);
    assert.deepEqual(both.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected']);
    await assert.rejects(make({ allowed: false }).begin(wish, 'a'), { code: 'network-change-forbidden' });
  });

  describe('that stood when the agent ended', () => {
    let id = '';
    beforeEach(async () => {
      const before = make();
      ({ id } = await before.begin(wish, 'alice'));
      await pass(500);
      before.stop();
      done = [];
    });

    it('goes on to wait, for what is left of its time', async () => {
      const trials = make();
      await trials.start();
      assert.equal(trials.view().standing?.id, id);
      await pass(confirmWithinMs);
      assert.deepEqual(done, ['keeper', 'back']);
    });
    it('is taken back at the next start, where its time is over or the machine was off', async () => {
      const trials = make({ bootId: 'boot-b' });
      await trials.start();
      assert.deepEqual(done, ['back']);
      assert.equal(trials.view().standing, null);
      assert.equal(events.at(-1), 'network-taken-back-1');
      await make({ bootId: 'boot-b' }).start();
      assert.deepEqual(done, ['back'], 'once');
    });
    it('is taken back by who finds it half taken back', async () => {
      failing = 'back';
      await make({ bootId: 'boot-b' }).start();
      assert.ok(existsSync(join(folder, 'network-back.json')));
      failing = undefined;
      await make({ bootId: 'boot-b' }).start();
      assert.deepEqual(done, ['back']);
    });
    it('is set aside where its file is spoiled, and that is told until there is another', async () => {
      for (const name of ['network-trial', 'network-back']) {
        rmSync(join(folder, 'network-trial.json'), { force: true });
        writeFileSync(join(folder, `${name}.json`), '{', { mode: 0o600 });
        const trials = make();
        await trials.start();
        const aside = join(folder, `${name}.spoiled`);
        assert.deepEqual([trials.view().spoiled, readFileSync(aside, 'utf8')], [aside, '{']);
        assert.deepEqual(
          readdirSync(folder).filter((file) => file.endsWith('.json')),
          [],
        );
        await make().start();
        assert.deepEqual(done, []);
        await trials.begin(wish, 'alice');
        assert.equal(trials.view().spoiled, null);
        await pass(confirmWithinMs);
        assert.deepEqual(done, ['keeper', 'apply', 'back']);
        done = [];
      }
    });
    it('is tried again by the agent that could not take it back at its start', async () => {
      failing = 'back';
      const trials = make({ bootId: 'boot-b' });
      await trials.start();
      assert.equal(trials.view().standing?.stuck, 'ip: no permission');
      failing = undefined;
      await pass(2_000);
      assert.deepEqual([done, trials.view().standing], [['back'], null]);
    });
    it('is taken back by what the agent knows where the file was spoiled meanwhile', async () => {
      const trials = make();
      await trials.start();
      writeFileSync(join(folder, 'network-trial.json'), '{', { mode: 0o600 });
      await pass(confirmWithinMs);
      assert.deepEqual([done, trials.view().standing], [['keeper', 'back'], null]);
      assert.equal(events.at(-1), 'network-taken-back-1');
    });
  });
});
