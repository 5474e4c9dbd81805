import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { apiTypes, apiTypesFile } from '../../scripts/apiTypes.ts';

describe('the types of the API in the web interface', () => {
  it('are those of its description: else run sh scripts/node scripts/apiTypes.ts', () => {
    assert.equal(readFileSync(apiTypesFile, 'utf8'), apiTypes());
  });
});
