/** The relay is killed with 2,000 devices on it, and started again. Devices and relay share the machine. */
import { setTimeout as sleep } from 'node:timers/promises';
import { standFleet } from '../load/fleet/stand.ts';
import { processorSeconds } from '../load/resident.ts';
import type { Row } from '../row.ts';
import { seconds } from '../table.ts';

const patienceMs = 600_000;
/** A tunnel that stood so long was good: the device counts its failures from one again. */
const steadyMs = 10_000;

export const row: Row = {
  name: 'come-back',
  quick: false,
  run: async (bench) => {
    const count = bench.quick ? 200 : 2_000;
    const { relay, fleet } = await standFleet(bench, count);
    fleet.start(10);
    await fleet.untilUp(count, patienceMs);
    const times: { killed: number; ready: number; relay: number; devices: number }[] = [];
    const ofDevices = (): number => fleet.pids.reduce((sum, pid) => sum + processorSeconds(pid), 0);
    let tries = '';
    for (let turn = 0; turn < (bench.quick ? 1 : 3); turn += 1) {
      await sleep(steadyMs);
      fleet.forget();
      bench.say('killing the relay');
      const usedBefore = ofDevices();
      const killedAt = performance.now();
      await relay.kill();
      await relay.start();
      const readyAt = performance.now();
      await fleet.untilDown(0, patienceMs);
      await fleet.untilUp(count, patienceMs);
      const now = performance.now();
      times.push({
        killed: (now - killedAt) / 1e3,
        ready: (now - readyAt) / 1e3,
        relay: processorSeconds(relay.pid()),
        devices: ofDevices() - usedBefore,
      });
      const lost = fleet.lost();
      tries = `${(lost.tries / count - 1).toFixed(1)} tries in vain for each device`;
      bench.say(`all back after ${times.at(-1)?.killed.toFixed(1)} s; ${JSON.stringify(lost.reasons)}`);
    }
    return [
      {
        what: `relay killed with ${count} devices on it, until all are back`,
        unit: seconds,
        ours: times.map(({ killed }) => killed),
        goals: [{ atMost: 15 }],
        note: tries,
      },
      {
        what: 'the same, from when the relay takes connections again',
        unit: seconds,
        ours: times.map(({ ready }) => ready),
      },
      {
        what: 'processor time of the relay for it, with its start',
        unit: seconds,
        ours: times.map((time) => time.relay),
      },
      { what: 'processor time of the devices', unit: seconds, ours: times.map(({ devices }) => devices) },
    ];
  },
};
