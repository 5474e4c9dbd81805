/** Thousands of light devices in a few processes, and how many of them are up. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FleetIdentities } from './enrol.ts';

export type ToFleet =
  | { readonly do: 'start'; readonly atOnce: number }
  | { readonly do: 'forget' }
  | { readonly do: 'stop' };
/** How many tunnels are up; how many tries and tunnels were lost since it was last told to forget, and to what. */
export type FromFleet = {
  readonly up: number;
  readonly tries: number;
  readonly reasons: { readonly [code: string]: number };
};

export type Fleet = {
  /** Starts all devices: the next one when one is up, `atOnce` in each process. */
  start(atOnce: number): void;
  up(): number;
  /** Settles when so many tunnels are up. @throws after `withinMs`, with what the fleet says */
  untilUp(count: number, withinMs: number): Promise<void>;
  /** Settles when no more than so many are up. */
  untilDown(count: number, withinMs: number): Promise<void>;
  /** What went wrong since `forget`. */
  lost(): { readonly tries: number; readonly reasons: { readonly [code: string]: number } };
  forget(): void;
  /** Its processes. */
  readonly pids: readonly number[];
  end(): Promise<void>;
};

export async function launchFleet(
  identities: FleetIdentities,
  options: { folder: string; ports: readonly number[]; processes: number },
): Promise<Fleet> {
  const { folder, ports, processes } = options;
  const file = join(folder, 'fleet.json');
  writeFileSync(file, JSON.stringify({ ...identities, host: 'localhost', ports }), { mode: 0o600 });
  const share = Math.ceil(identities.members.length / processes);
  const states: FromFleet[] = [];
  const watching = new Set<() => void>();
  const children: ChildProcess[] = [];
  await Promise.all(
    Array.from({ length: processes }, async (_, index) => {
      const child = fork(
        join(import.meta.dirname, 'program.ts'),
        [file, String(index * share), String(share)],
        { execArgv: ['--disable-warning=ExperimentalWarning'] },
      );
      children.push(child);
      child.on('message', (state: FromFleet) => {
        states[index] = state;
        for (const look of watching) look();
      });
      await once(child, 'message');
    }),
  );
  const up = (): number => states.reduce((sum, state) => sum + state.up, 0);
  const tell = (message: ToFleet): void => {
    for (const child of children) child.send(message);
  };
  const lost = (): Pick<FromFleet, 'tries' | 'reasons'> => {
    const reasons: Record<string, number> = {};
    for (const state of states) {
      for (const [code, count] of Object.entries(state.reasons)) reasons[code] = (reasons[code] ?? 0) + count;
    }
    return { tries: states.reduce((sum, state) => sum + state.tries, 0), reasons };
  };
  const until = (isSo: () => boolean, withinMs: number): Promise<void> =>
    new Promise((resolve, reject) => {
      const settle = (act: () => void): void => {
        clearTimeout(timer);
        watching.delete(look);
        act();
      };
      const look = (): void => {
        if (isSo()) settle(resolve);
      };
      const timer = setTimeout(
        () => settle(() => reject(new Error(`after ${withinMs} ms ${up()} up, ${JSON.stringify(lost())}`))),
        withinMs,
      );
      watching.add(look);
      look();
    });
  return {
    start: (atOnce) => tell({ do: 'start', atOnce }),
    up,
    untilUp: (count, withinMs) => until(() => up() >= count, withinMs),
    untilDown: (count, withinMs) => until(() => up() <= count, withinMs),
    lost,
    forget: () => tell({ do: 'forget' }),
    pids: children.map(({ pid = 0 }) => pid),
    end: async () => {
      const ended = children.map((child) => once(child, 'exit'));
      tell({ do: 'stop' });
      await Promise.all(ended);
    },
  };
}
