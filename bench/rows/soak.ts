/**
 * Thirty minutes of everything: shells, commands, copies, forwards, the web interface, cuts of the connection, pairing,
 * new grants. What grows after the fifth minute would grow for ever. Quick: one minute, which shows only that handles,
 * processes and files are back where they were.
 */
import { type Left, type Sample, type Soaked, type SoakForm, soak } from '../load/soak/soak.ts';
import type { Row } from '../row.ts';
import { type Line, median, megabytes, times } from '../table.ts';

const minute = 60_000;
const long: SoakForm = { lastsMs: 30 * minute, grantMs: 4.5 * minute, cutMs: 20_000, sampleMs: 2_000 };
const short: SoakForm = { lastsMs: minute, grantMs: 25_000, cutMs: 12_000, sampleMs: 1_000 };

export const row: Row = {
  name: 'soak',
  quick: false,
  byNameOnly: true,
  run: async (bench) => {
    const soaked = await soak(bench.folder, bench.quick ? short : long, bench.say);
    return [...(bench.quick ? [] : growth(soaked)), ...leftOver(soaked)];
  },
};

/** The first five minutes fill caches and compile code; then the medians of five minutes each are compared. */
function growth({ samples }: Soaked): Line[] {
  const end = samples.at(-1)?.atMs ?? 0;
  const between = (from: number, to: number): Sample[] =>
    samples.filter(({ atMs }) => atMs >= from && atMs < to);
  const early = between(5 * minute, 10 * minute);
  const late = between(end - 5 * minute, end + 1);
  const of = (who: 'relay' | 'agent', what: 'own' | 'handles', some: readonly Sample[]): number =>
    median(some.map((sample) => sample[who][what]));
  return (['relay', 'agent'] as const).flatMap((who) => [
    {
      what: `memory of the ${who}, growth from minutes 5–10 to the last five`,
      unit: megabytes,
      ours: [(of(who, 'own', late) - of(who, 'own', early)) / 1e6],
      goals: [{ atMost: 5 }],
      note: `${(of(who, 'own', early) / 1e6).toFixed(0)} MB then, ${(of(who, 'own', late) / 1e6).toFixed(0)} MB at the end`,
    },
    {
      what: `handles of the ${who}, growth from minutes 5–10 to the last five`,
      unit: times,
      ours: [of(who, 'handles', late) - of(who, 'handles', early)],
      goals: [{ atMost: 0 }],
    },
  ]);
}

function leftOver({ before, after, performed, failures, cuts, grants }: Soaked): Line[] {
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
    line('what failed', failures.length, `of ${counts}; ${cuts} cuts, ${grants} grants`),
    line('handles of the relay left over', more('relayHandles')),
    line('handles of the agent left over', more('agentHandles')),
    line('processes of the agent left over', more('processes')),
    line('files left over', files.length, files.slice(0, 3).join(', ')),
  ];
}
