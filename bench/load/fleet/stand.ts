import type { Bench } from '../../row.ts';
import { enrolFleet } from './enrol.ts';
import { launchFleet } from './fleet.ts';
import { makeFleetRelay } from './relay.ts';

/** A relay that runs, and so many enrolled devices in two processes, none of them started. All end with the row. */
export async function standFleet(bench: Bench, count: number) {
  const { folder } = bench;
  const relay = await makeFleetRelay(folder);
  bench.defer(() => relay.kill());
  bench.say(`enrolling ${count} devices`);
  const identities = await enrolFleet(relay.data, count);
  await relay.start();
  const fleet = await launchFleet(identities, { folder, ports: [relay.port], processes: 2 });
  bench.defer(() => fleet.end());
  return { relay, fleet };
}
