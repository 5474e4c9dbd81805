/**
 * `npm test`: everything, in the order of what is quick to mend. What the machine lacks is said first, and again at the
 * end, and counts as a failure; the rest runs all the same. `npm test -- PATTERN ...` runs only the test files whose path
 * contains one of the patterns, without the checks. The last line is `N passed, N failed`.
 */
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { machineLacks } from './checks/machine.ts';
import { ensurePrograms, testPrograms } from './checks/programs.ts';

const root = join(import.meta.dirname, '..');
const binary = (name: string): string => join(root, 'node_modules/.bin', name);
const patterns = process.argv.slice(2);
let passed = 0;
let failed = 0;

function check(name: string, command: string, args: string[]): void {
  const started = performance.now();
  const { status } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  if (status === 0) passed += 1;
  else failed += 1;
  console.log(`${status === 0 ? '✔' : '✖'} ${name} (${seconds} s)`);
}

const lacking = [...ensurePrograms(testPrograms), ...(await machineLacks())];
const tellLacking = (): void => {
  if (lacking.length === 0) return;
  for (const line of lacking) console.error(`✖ ${line}`);
  console.error('The tests that need it fail. CONTRIBUTING.md says which machine they run on.');
};
tellLacking();

if (patterns.length === 0) {
  failed += lacking.length;
  check('format and lint', binary('biome'), ['ci', '--error-on-warnings', '.']);
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  check('types', process.execPath, [tsc, '--noEmit']);
  check('types of the web interface', process.execPath, [tsc, '--noEmit', '-p', 'packages/device-ui']);
  check('layering', process.execPath, [join(root, 'scripts/checks/layering.ts')]);
}

// Quick when all is there, and as new as its sources.
check('programs and web interface are built', process.execPath, [join(root, 'scripts/build.ts')]);

/** Those across packages first: they are the longest, and wait much, for deadlines and networks that are slow. */
const files = ['tests/**/*.test.ts', 'packages/*/src/**/*.test.ts']
  .flatMap((pattern) => globSync(pattern, { cwd: root }))
  .filter((file) => patterns.length === 0 || patterns.some((pattern) => file.includes(pattern)))
  .map((file) => join(root, file));
if (files.length === 0) {
  console.error('✖ no test file found');
  failed += 1;
}

/** One more than the machines have cores on which it has to be done in ten minutes. */
const concurrency = 3;
const started = performance.now();
// Half of the processor time of a small test is the compiling of what it tests.
const execArgv = ['--require', join(root, 'packages/runtime/src/compiled/keep.cjs')];
const results = run({ files, concurrency, execArgv, timeout: 300_000, cwd: root });
results.on('test:pass', (event) => {
  if (event.details.type === 'suite') return;
  if (event.skip !== undefined || event.todo !== undefined) {
    console.error(`✖ ${event.name}: a test that does not run is a defect`);
    failed += 1;
  } else passed += 1;
});
results.on('test:fail', (event) => {
  if (event.details.type !== 'suite') failed += 1;
});
await new Promise<void>((resolve) => {
  results.compose(spec).on('end', resolve).pipe(process.stdout);
});
if (failed > 0) tellLacking();
console.log(`${files.length} test files in ${((performance.now() - started) / 1000).toFixed(0)} s`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
