import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseForwardSpec } from './spec.ts';

describe('where a forward leads', () => {
  it('is a place as the device sees it, at any free port here', () => {
    assert.deepEqual(parseForwardSpec('db.local:5432'), {
      localPort: 0,
      target: { host: 'db.local', port: 5432 },
    });
    assert.deepEqual(parseForwardSpec('[::1]:80'), { localPort: 0, target: { host: '[::1]', port: 80 } });
  });
  it('may begin with the port here', () => {
    assert.deepEqual(parseForwardSpec('8000:127.0.0.1:80'), {
      localPort: 8000,
      target: { host: '127.0.0.1', port: 80 },
    });
    assert.deepEqual(parseForwardSpec('8000:[::1]:80'), {
      localPort: 8000,
      target: { host: '[::1]', port: 80 },
    });
  });
  for (const text of [
    '',
    '80',
    '80:80',
    ':a:80',
    '70000:a:80',
    'a:b:80',
    'a:0',
    '8000:a:99999',
    'a b:80',
    '0x50:a:80',
  ]) {
    it(`is refused as malformed: "${text}"`, () => {
      assert.throws(() => parseForwardSpec(text), { code: 'target-malformed' });
    });
  }
});
