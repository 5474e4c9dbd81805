/**
 * Thirty minutes of everything: shells, commands, copies, forwards, the web interface, cuts of the connection, pairing,
 * new grants. What grows after the fifth minute would grow for ever. Quick: one minute, which shows only that handles,
 * processes and files are back where they were.
 */
import { type Left, type Soaked, type SoakForm, soak } from '../load/soak/soak.ts';
import type { Row } from '../row.ts';
import { type Line, median, megabytes, times } from '../table.ts';

const minute = 60_000;
const tenths = { ...megabytes, digits: 1 };
const long: SoakForm = { lastsMs: 30 * minute, grantMs: 4.5 * minute, cutMs: 20_000, sampleMs: 10_000 };
const short: SoakForm = { lastsMs: minute, grantMs: 25_000, cutMs: 12_000, sampleMs: 1_000 };

export const row: Row = {
  name: 'soak',
  quick: false,
  byNameOnly: true,
  run: async (bench) => {
    const soaked = await soak(bench, bench.quick ? short : long);
    return [...(bench.quick ? [] : growth(soaked)), ...leftOver(soaked)];
  },
};

/** The first five minutes fill caches and compile code; what follows is compared with the end. */
function growth({ samples, held }: Soaked): Line[] {
  const end = samples.at(-1)?.atMs ?? 0;
  const line = <At extends { readonly atMs: number }>(
    what: string,
    all: readonly At[],
    of: (at: At) => number,
    middle: (values: readonly number[]) => number,
    more: Pick<Line, 'unit' | 'goals'>,
  ): Line => {
    const between = (from: number, to: number): number =>
      middle(all.filter(({ atMs }) => atMs >= from && atMs < to).map(of));
    const [then, now] = [between(5 * minute, 10 * minute), between(end - 5 * minute, Number.MAX_VALUE)];
    const { digits } = more.unit;
    return {
      what: `${what}, growth from minutes 5–10 to the last five`,
      ours: [now - then],
      note: `${then.toFixed(digits)} then, ${now.toFixed(digits)} at the end`,
      ...more,
    };
  };
  const least = (values: readonly number[]): number => Math.min(...values);
  return (['relay', 'agent'] as const).flatMap((who) => [
    line(`${who}, memory held after a collection of garbage`, held, (at) => at[who] / 1e6, least, {
      unit: tenths,
      goals: [{ atMost: 1 }],
    }),
    line(`${who}, resident memory of its own`, samples, (at) => at[who].own / 1e6, median, {
      unit: tenths,
      goals: [{ atMost: 5 }],
    }),
    line(`${who}, fewest handles`, samples, (at) => at[who].handles, least, {
      unit: times,
      goals: [{ atMost: 0 }],
    }),
  ]);
}

function leftOver({ before, after, performed, failures, cutOff, cuts, grants }: Soaked): Line[] {
  const counts = [...performed].map(([name, count]) => `${count} × ${name}`).join(', ');
  const more = (what: Exclude<keyof Left, 'files'>): number => after[what] - before[what];
  const known = new Set(before.files);
  const files = after.files.filter((name) => !known.has(name));
  const none = [{ atMost: 0 }];
  const line = (what: string, value: number, note?: string): Line => ({
    what,
    unit: times,
    ours: [value],
    goals: none,
    ...(note === undefined ? {} : { note }),
  });
  return [
    line(
      'what failed',
      failures.length,
      `of ${counts}; ${cuts} cuts, which met ${cutOff} stock tools while they got in; ${grants} grants`,
    ),
    line('handles of the relay left over', more('relayHandles')),
    line('handles of the agent left over', more('agentHandles')),
    line('processes of the agent left over', more('processes')),
    line('files left over', files.length, files.slice(0, 3).join(', ')),
  ];
}
