/** The same over a long line: as fast as it goes at 50 and 200 ms, and at 100 Mbit/s. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Bench, Row } from '../row.ts';
import { bareLine, openBareLine } from '../sides/bareLine.ts';
import { openLongLine, type Line as Quality } from '../sides/longLine.ts';
import { openNested } from '../sides/openssh.ts';
import { openSallyport } from '../sides/sallyport.ts';
import type { Goal, Line } from '../table.ts';
import { measureTools } from '../tools.ts';

const mebibyte = 2 ** 20;
const megabit = 1e6;

export const row: Row = {
  name: 'long lines',
  quick: false,
  run: async (bench) => [
    ...(await over(bench, { roundTripMs: 50 }, 192 * mebibyte)),
    ...(await over(bench, { roundTripMs: 200 }, 96 * mebibyte)),
    ...(await over(bench, { roundTripMs: 50, rate: 100 * megabit }, 64 * mebibyte)),
    ...(await over(bench, { roundTripMs: 200, rate: 100 * megabit }, 128 * mebibyte)),
  ],
};

async function over(bench: Bench, quality: Quality, bytes: number): Promise<readonly Line[]> {
  const { roundTripMs, rate } = quality;
  const where = `, ${roundTripMs} ms${rate === undefined ? '' : ` and ${rate / megabit} Mbit/s`}`;
  const folder = join(bench.folder, `${roundTripMs}-${rate ?? 0}`);
  mkdirSync(folder);
  const line = await openLongLine(folder, quality);
  bench.defer(line.end);
  const { places } = line;
  const ours = await openSallyport(join(folder, 'sallyport'), { places });
  bench.defer(ours.end);
  const nested = await openNested(join(folder, 'openssh'), places);
  bench.defer(nested.end);
  // What the whole line carries, in megabytes a second.
  const all = (rate ?? 0) / 8 / megabit;
  const goals = (peer: string): Goal[] =>
    rate === undefined ? [{ peer, atLeast: 1.5 }] : [{ atLeast: 0.8 * all }];
  const options = {
    sides: { ours, nested },
    bytes,
    repetitions: 3,
    warmUp: false,
    folder,
    where,
    say: (text: string) => bench.say(`${text}${where}`),
    bare: { name: bareLine, open: () => openBareLine(places) },
    goals: (_: string, peer: string) => goals(peer),
  };
  const lines = await measureTools(options, 'from');
  for (const one of [nested, ours, line]) await one.end();
  return lines;
}
