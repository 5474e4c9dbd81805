/** Disable, against programs that do what they can to survive it; on a device with cgroups, and on one without. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  type Enabled,
  isRunning,
  pidsOf,
  programs,
  startService,
  type TestStage,
  testStage,
  untilSaid,
} from '../stage/index.ts';
import { until } from './parts/until.ts';

/** The agent sees no cgroup: none is mounted where it runs. */
const withoutCgroups = `for at in $(awk '$3 ~ /^cgroup/ { print $2 }' /proc/self/mounts); do umount -l "$at"; done; exec "$@"`;
const kinds = { cgroup: 'exec "$@"', sweep: withoutCgroups };
/** A second, as the design promises, and what starting the command `disable` takes on a machine that is busy. */
const disabledWithinMs = 6_000;

let stage: TestStage;
let erin = '';

before(async () => {
  stage = await testStage();
  erin = await stage.representative('erin@maker.example');
});
after(() => stage?.end());

for (const [kind, script] of Object.entries(kinds)) {
  describe(`a device that holds processes by ${kind}`, () => {
    const seconds = `${700_000 + process.pid}.${kind.length}`;
    const sleepers = (): number[] => pidsOf(new RegExp(`^sleep ${seconds}$`));
    let grant: Enabled;

    before(async () => {
      await stage.running.device.end();
      const serve = [programs.device, 'serve', '--data', stage.deviceData, '--run-as', 'same-user'];
      stage.running.device = startService('unshare', ['--mount', 'sh', '-c', script, 'sh', ...serve]);
      await stage.running.device.line(/^ready/);
      // The log does not hold the program up: its line may come later.
      await untilSaid(stage.running.device, new RegExp(`"processes":"${kind}"`));
      grant = await stage.fresh('--for', '1h', '--allow', 'terminal');
    });
    after(async () => {
      await stage.running.device.end();
      for (const pid of sleepers()) process.kill(pid, 'SIGKILL');
    });

    it('has none left when Disable returns, whatever they did', async () => {
      const sleep = `sleep ${seconds}`;
      const lines = [
        `setsid nohup ${sleep} >/dev/null 2>&1 </dev/null &`,
        `( ( ${sleep} >/dev/null 2>&1 & ) & )`,
        `env -i setsid ${sleep} >/dev/null 2>&1 &`,
        `setsid sh -c 'trap "" TERM HUP INT; ${sleep}; ${sleep}' >/dev/null 2>&1 &`,
        `i=0; while [ $i -lt 200 ]; do setsid nohup ${sleep} >/dev/null 2>&1 & i=$((i+1)); done`,
        `exec ${sleep}`,
      ];
      const env = { SALLYPORT_OTP: grant.otp };
      const inside = stage.sallyport(erin, ['exec', String(grant.port), '--', lines.join('\n')], {
        env,
        timeoutMs: 90_000,
      });
      await until('205 programs run', () => sleepers().length >= 205, 60_000);
      const agent = stage.running.device.child.pid ?? 0;
      const started = performance.now();
      const disabled = await stage.device(['disable', '--json']);
      const tookMs = performance.now() - started;
      assert.equal(disabled.status, 0, disabled.stderr);
      assert.deepEqual(sleepers(), []);
      assert.ok(tookMs < disabledWithinMs, `${Math.round(tookMs)} ms`);
      assert.ok(isRunning(agent));
      assert.notEqual((await inside).status, 0);
    });
  });
}
