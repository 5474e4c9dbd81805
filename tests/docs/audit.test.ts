import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { auditEvents as ofDevice } from '../../packages/device/src/state/index.ts';
import { auditEvents as ofRelay } from '../../packages/relay/src/audit/index.ts';
import { ocsfMapping } from '../../packages/runtime/src/audit/index.ts';
import { auditPage, withTables } from '../../scripts/auditDoc.ts';

describe('docs/audit.md', () => {
  it('has the events of both programs, byte for byte as their lists say', () => {
    const page = readFileSync(auditPage, 'utf8');
    assert.equal(page, withTables(page), 'run: sh scripts/node scripts/auditDoc.ts');
  });
});

describe('the lists of events', () => {
  it('have no name that the mapping to OCSF calls otherwise', () => {
    const known = new Set<string>([...ofDevice, ...ofRelay]);
    assert.deepEqual(
      Object.keys(ocsfMapping).filter((event) => !known.has(event)),
      [],
    );
  });

  it('have no event of the device that nothing writes', () => {
    const folder = join(import.meta.dirname, '../../packages/device/src');
    const written = globSync('**/*.ts', { cwd: folder })
      .filter((file) => !file.endsWith('.test.ts') && !/auditEvents|history.fold/.test(file))
      .map((file) => readFileSync(join(folder, file), 'utf8'))
      .join();
    for (const event of ofDevice) assert.ok(written.includes(`'${event}'`), event);
  });
});
