/** From `exec` with the one-time password to its output, on loopback and at 100 ms of round trip. */
import { join } from 'node:path';
import { enterCold, enterOpen } from '../entry.ts';
import type { Row } from '../row.ts';
import { openLongLine } from '../sides/longLine.ts';
import { openSallyport } from '../sides/sallyport.ts';
import { type Line, milliseconds } from '../table.ts';
import { inTurns } from '../turns.ts';

const roundTripMs = 100;

export const row: Row = {
  name: 'entry',
  quick: true,
  run: async (bench) => {
    const ours = await bench.sallyport();
    const near = await inTurns(
      { open: () => enterOpen(ours), cold: () => enterCold(ours) },
      bench.repetitions,
    );
    const lines: Line[] = [
      {
        what: 'exec with the one-time password to its output, in an open process',
        unit: milliseconds,
        ours: near.open,
        goals: [{ atMost: 150 }],
      },
      {
        what: 'exec with the one-time password to its output, cold start',
        unit: milliseconds,
        ours: near.cold,
        goals: [{ atMost: 400 }],
      },
    ];
    bench.say(`at ${roundTripMs} ms of round trip`);
    const line = await openLongLine(bench.folder, { roundTripMs });
    bench.defer(line.end);
    const far = await openSallyport(join(bench.folder, 'far'), { places: line.places });
    bench.defer(far.end);
    const { open } = await inTurns({ open: () => enterOpen(far) }, bench.repetitions);
    lines.push({
      what: `the same in an open process at ${roundTripMs} ms, in round trips`,
      unit: { name: 'round trips', digits: 1 },
      ours: open.map((ms) => ms / roundTripMs),
      goals: [{ atMost: 12 }],
      note: 'all the time that it takes, divided by that of a round trip',
    });
    return lines;
  },
};
