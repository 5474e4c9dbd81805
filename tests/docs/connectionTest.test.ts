import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { connectionTestPage, formatConnectionTest } from '../../scripts/connectionTestDoc.ts';

describe('docs/connection-test.md', () => {
  it('is what the tables say: else run sh scripts/node scripts/connectionTestDoc.ts', () => {
    assert.equal(readFileSync(connectionTestPage, 'utf8'), formatConnectionTest());
  });
});
