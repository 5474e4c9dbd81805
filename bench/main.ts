/**
 * `npm run bench`: measures Sallyport, and stock OpenSSH beside it in the same run. `-- --quick` takes two minutes;
 * `-- NAME ...` runs the rows whose name contains one of the words, and only so the soak. Ends with 0 whatever the
 * figures are: they depend on the machine, and are no tests.
 */
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { buildPrograms } from '../scripts/build/programs.ts';
import { buildUi } from '../scripts/build/ui.ts';
import { ensurePrograms, testPrograms } from '../scripts/checks/programs.ts';
import { openBench } from './bench.ts';
import { describeMachine } from './machine.ts';
import type { Row } from './row.ts';
import { countReached, formatTable, type Line } from './table.ts';

const words = process.argv.slice(2);
const quick = words.includes('--quick');
const wanted = words.filter((word) => !word.startsWith('--'));

const missing = ensurePrograms(testPrograms);
for (const line of missing) console.error(`✖ ${line}`);
await buildPrograms();
await buildUi('device-ui');
const files = globSync('rows/*.ts', { cwd: import.meta.dirname }).toSorted();
const all = await Promise.all(
  files.map(async (file) => ((await import(join(import.meta.dirname, file))) as { row: Row }).row),
);
const rows = all.filter((row) =>
  wanted.length === 0
    ? !row.byNameOnly && (!quick || row.quick)
    : wanted.some((word) => row.name.includes(word)),
);
if (rows.length === 0) console.error(`There is no such row. Rows: ${all.map(({ name }) => name).join(', ')}`);
console.log(describeMachine());

const bench = openBench({ quick });
const failed: string[] = [];
const lines: Line[] = [];
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.once(name, () => void bench.end().finally(() => process.exit(130)));
}
try {
  for (const row of rows) {
    const started = performance.now();
    try {
      const told = await bench.run(row);
      lines.push(...told);
      const seconds = ((performance.now() - started) / 1_000).toFixed(0);
      console.log(`\n${row.name} (${seconds} s)\n${formatTable(told)}`);
    } catch (error) {
      failed.push(row.name);
      console.error(`✖ ${row.name}:`, error);
    }
  }
} finally {
  await bench.end();
}
const { reached, all: goals } = countReached(lines);
console.log(
  `\n${reached} of ${goals} goals reached${failed.length > 0 ? `; failed: ${failed.join(', ')}` : ''}`,
);
process.exitCode = failed.length > 0 || missing.length > 0 || rows.length === 0 ? 1 : 0;
