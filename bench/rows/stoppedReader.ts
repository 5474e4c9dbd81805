/**
 * The relay's memory while readers have stopped, or take next to nothing, and the other side of the splice writes as fast
 * as it may: for ten minutes, in both directions.
 */
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { openGrantOn, openSession } from '../../packages/relay/src/testing/device.ts';
import { enrolDevice, logIn } from '../../packages/relay/src/testing/people.ts';
import type { RelayPlace } from '../../packages/relay/src/testing/relay.ts';
import { makeFleetRelay } from '../load/fleet/relay.ts';
import { residentOf } from '../load/resident.ts';
import { pour } from '../parts/pour.ts';
import type { Row } from '../row.ts';
import { median, megabytes } from '../table.ts';

/** A slow reader takes one piece in a second. */
const restMs = 1_000;

export const row: Row = {
  name: 'stopped-reader',
  quick: false,
  run: async (bench) => {
    const lastsMs = bench.quick ? 20_000 : 600_000;
    const own = await makeFleetRelay(bench.folder);
    bench.defer(() => own.kill());
    await own.start();
    const folder = { path: own.data, place: { file: `${own.data}/relay.sqlite` }, remove: () => {} };
    const relay: RelayPlace = { folder, port: own.port };
    const [device, representative] = [await enrolDevice(relay), await logIn(relay, 'erin@maker.example')];
    const { tunnel, opened } = await openGrantOn(relay, device);
    bench.defer(() => tunnel.socket.terminate());
    const parties = { tunnel, port: opened.port, device, representative };
    const timers: NodeJS.Timeout[] = [];
    const streams: Duplex[] = [];
    bench.defer(() => {
      for (const timer of timers) clearInterval(timer);
      for (const stream of streams) stream.destroy();
    });
    const before = residentOf(own.pid()).rss;
    for (const towards of ['representative', 'device'] as const) {
      for (const pace of ['stopped', 'stopped', 'stopped', 'slow'] as const) {
        const { near, far } = await openSession(relay, parties);
        const [writer, reader] = towards === 'device' ? [near, far] : [far, near];
        streams.push(writer, reader);
        for (const stream of [writer, reader]) stream.on('error', () => {});
        reader.pause();
        if (pace === 'slow') timers.push(setInterval(() => reader.read(), restMs));
        pour(writer, Number.MAX_SAFE_INTEGER);
      }
    }
    const samples: number[] = [];
    for (const end = performance.now() + lastsMs; performance.now() < end; await sleep(500)) {
      samples.push(residentOf(own.pid()).rss);
    }
    // The sockets fill, and V8 settles, in the first quarter.
    const settled = samples.slice(Math.floor(samples.length / 4));
    const third = Math.ceil(settled.length / 3);
    const early = median(settled.slice(0, third));
    const late = median(settled.slice(-third));
    const mb = (bytes: number): string => (bytes / 1e6).toFixed(1);
    return [
      {
        what: `relay, growth with 6 stopped and 2 slow readers, over ${lastsMs / 1e3} s of writing`,
        unit: megabytes,
        ours: [(late - early) / 1e6],
        goals: [{ atMost: 2 }],
        note: `${mb(before)} MB before, ${mb(early)} MB early, ${mb(late)} MB late`,
      },
    ];
  },
};
