import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { lockNode } from './lock.ts';

const folder = mkdtempSync(join(tmpdir(), 'sp-lock-'));
after(() => rmSync(folder, { recursive: true }));

describe('the lock of a node', () => {
  it('is held by one, and free again when it was given back', () => {
    const file = join(folder, 'a.lock');
    const giveBack = lockNode(file);
    assert.throws(() => lockNode(file), { code: 'relay-running' });
    giveBack();
    lockNode(file)();
  });

  it('that cannot be taken says why, and not that another process runs', () => {
    const damaged = join(folder, 'b.lock');
    writeFileSync(damaged, 'no database'.repeat(100));
    assert.throws(() => lockNode(damaged), { code: 'store-unreachable', message: /file is not a database/ });
    const missing = join(folder, 'nowhere', 'c.lock');
    assert.throws(() => lockNode(missing), {
      code: 'store-unreachable',
      message: /unable to open database file/,
    });
  });
});
