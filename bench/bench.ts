import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bench, Row } from './row.ts';
import { openNested } from './sides/openssh.ts';
import { openSallyport } from './sides/sallyport.ts';
import type { Line } from './table.ts';

export type RunningBench = {
  run(row: Row): Promise<readonly Line[]>;
  /** Ends all that was started, and removes what was written. The second call waits for the first. */
  end(): Promise<void>;
};

/** Where files are in memory, so that no disk has a say. */
const memory = '/dev/shm';

/** Makes what the rows share. Nothing is started before a row asks for it. */
export function openBench({ quick }: { readonly quick: boolean }): RunningBench {
  const folder = mkdtempSync(join(existsSync(memory) ? memory : tmpdir(), 'sallyport-bench-'));
  const ends: (() => unknown)[] = [];
  const shared = <T extends { end(): Promise<void> }>(open: () => Promise<T>): (() => Promise<T>) => {
    let opened: Promise<T> | undefined;
    return () => {
      opened ??= open().then((one) => {
        ends.push(() => one.end());
        return one;
      });
      return opened;
    };
  };
  const sallyport = shared(() => openSallyport(join(folder, 'sallyport')));
  const openssh = shared(() => openNested(join(folder, 'openssh')));
  let ending: Promise<void> | undefined;
  const end = async (): Promise<void> => {
    for (const one of ends.toReversed()) await one();
    rmSync(folder, { recursive: true, force: true });
  };
  return {
    run: async (row) => {
      const deferred: (() => unknown)[] = [];
      const own = join(folder, `row-${row.name.replaceAll(/\W+/g, '-')}`);
      mkdirSync(own, { recursive: true });
      const endRow = async (): Promise<void> => {
        for (const one of deferred.splice(0).reverse()) await one();
      };
      ends.push(endRow);
      const bench: Bench = {
        quick,
        repetitions: quick ? 3 : 7,
        folder: own,
        say: (text) => console.error(`  ${row.name}: ${text}`),
        defer: (one) => void deferred.push(one),
        sallyport,
        openssh,
      };
      try {
        return await row.run(bench);
      } finally {
        await endRow();
        rmSync(own, { recursive: true, force: true });
      }
    },
    end: () => {
      ending ??= end();
      return ending;
    },
  };
}
