/**
 * `npm run faults`: the long form of the faults, of which `npm test` runs the short one. `npm run faults -- PATTERN ...`
 * runs only the test files whose name contains one of the patterns. `SALLYPORT_FAULTS_SEED` repeats a run.
 */
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { buildPrograms } from './build/programs.ts';
import { buildUi } from './build/ui.ts';
import { machineLacks } from './checks/machine.ts';
import { ensurePrograms, testPrograms } from './checks/programs.ts';

const root = join(import.meta.dirname, '..');
const patterns = process.argv.slice(2);
const lacking = [...ensurePrograms(testPrograms), ...(await machineLacks())];
for (const line of lacking) console.error(`✖ ${line}`);

await buildPrograms();
await buildUi('device-ui');
const files = globSync('tests/faults/*.test.ts', { cwd: root })
  .filter((file) => patterns.length === 0 || patterns.some((pattern) => file.includes(pattern)))
  .map((file) => join(root, file));
if (files.length === 0) console.error('✖ no test file found');
const env = { ...process.env, SALLYPORT_FAULTS: 'long' };
const args = ['--test', '--test-concurrency=1', '--test-reporter=spec', ...files];
const { status } =
  files.length === 0 || lacking.length > 0
    ? { status: 1 }
    : spawnSync(process.execPath, args, { cwd: root, env, stdio: 'inherit' });
process.exitCode = status ?? 1;
