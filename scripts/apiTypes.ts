/**
 * Writes `packages/device-ui/src/api/schema.d.ts`: the types of the agent's API, made of its OpenAPI description.
 * A test says when that file is out of date.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describeApi } from '../packages/device/src/api/openapi.ts';

const root = join(import.meta.dirname, '..');
export const apiTypesFile = join(root, 'packages/device-ui/src/api/schema.d.ts');

/** The types as they have to be. */
export function apiTypes(): string {
  const require = createRequire(join(root, 'packages/device-ui/package.json'));
  const command = join(require.resolve('openapi-typescript/package.json'), '../bin/cli.js');
  const options = ['--root-types', '--alphabetize'];
  return execFileSync(process.execPath, [command, ...options], {
    input: JSON.stringify(describeApi()),
    encoding: 'utf8',
    cwd: root,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
}

if (import.meta.main) writeFileSync(apiTypesFile, apiTypes());
