import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { auditHash } from './chain.ts';
import { auditEvents } from './index.ts';

describe('the audit log of the relay', () => {
  it('has no event that nothing records', () => {
    const folder = join(import.meta.dirname, '..');
    const sources = globSync('**/*.ts', { cwd: folder })
      .filter((file) => !file.endsWith('.test.ts') && file !== 'audit/events.ts')
      .map((file) => readFileSync(join(folder, file), 'utf8'))
      .join();
    for (const event of auditEvents) assert.ok(sources.includes(`'${event}'`), event);
  });

  it('binds every field of an entry by its hash', () => {
    const entry = {
      seq: 2,
      at: 1_798_761_600_000,
      event: 'token-made-1',
      actor: 'operator/root',
      subject: 'token/x',
      details: '{"uses":1}',
      previous: 'ab',
    };
    assert.equal(auditHash(entry), '136d670a7e96ba779c21f800ce81dc5ef37d761ef82cdd4bb0cba1774b6fa173');
    const changed = { seq: 3, at: 0, event: 'x', actor: 'x', subject: 'x', details: '{}', previous: 'x' };
    for (const [name, value] of Object.entries(changed)) {
      assert.notEqual(auditHash({ ...entry, [name]: value }), auditHash(entry), name);
    }
  });
});
