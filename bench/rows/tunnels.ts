/** What an idle tunnel costs the relay, at 5,000 of them: light devices in other processes, each with its own certificate. */
import { setTimeout as sleep } from 'node:timers/promises';
import { tunnelPingMs } from '@sallyport/protocol/tunnel';
import { standFleet } from '../load/fleet/stand.ts';
import { type Resident, residentOf } from '../load/resident.ts';
import type { Row } from '../row.ts';
import { kilobytes, type Line } from '../table.ts';

const patienceMs = 600_000;

export const row: Row = {
  name: 'tunnels',
  quick: false,
  run: async (bench) => {
    const count = bench.quick ? 500 : 5_000;
    const { relay, fleet } = await standFleet(bench, count);
    await relay.collect();
    const before = residentOf(relay.pid());
    bench.say(`opening ${count} tunnels`);
    fleet.start(10);
    await fleet.untilUp(count, patienceMs);
    // Two pings on each: what they need is there.
    await sleep(2 * tunnelPingMs);
    await fleet.untilUp(count, patienceMs);
    const idle = residentOf(relay.pid());
    await relay.collect();
    const collected = residentOf(relay.pid());
    const each = (after: Resident, what: keyof Resident): number =>
      (after[what] - before[what]) / count / 1e3;
    const line = (what: string, value: number, more: Partial<Line> = {}): Line => ({
      what,
      unit: kilobytes,
      ours: [value],
      ...more,
    });
    const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;
    return [
      line(`relay, resident for an idle tunnel, at ${count}`, each(idle, 'rss'), {
        goals: [{ atMost: 60 }],
        note: `${megabytes(before.rss)} without a tunnel, ${megabytes(idle.rss)} with them; the aim is 30 KB`,
      }),
      line('the same, by shares of pages (PSS)', each(idle, 'pss')),
      line('the same, after a collection of all garbage', each(collected, 'rss')),
    ];
  },
};
