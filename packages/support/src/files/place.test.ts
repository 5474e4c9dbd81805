import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parsePlaces } from './place.ts';

describe('the places of a copy', () => {
  it('are one here and one on the device', () => {
    assert.deepEqual(parsePlaces('a', '40123:/b'), {
      direction: 'to-device',
      port: 40_123,
      source: 'a',
      target: '/b',
    });
    assert.deepEqual(parsePlaces('40123.sallyport:/b c', '.'), {
      direction: 'from-device',
      port: 40_123,
      source: '/b c',
      target: '.',
    });
  });
  it('may be relative to the home folder on the device', () => {
    assert.equal(parsePlaces('40123:log', '.').source, 'log');
    assert.equal(parsePlaces('a', '40123:').target, '.');
  });
  it('are a file here if there is a slash before the colon', () => {
    assert.equal(parsePlaces('./40123:x', '40123:/y').source, './40123:x');
  });
  for (const [source, target] of [
    ['a', 'b'],
    ['40123:a', '40123:b'],
    ['123:a', 'b'],
    ['50000:a', 'b'],
  ] as const) {
    it(`are refused: ${source} ${target}`, () => {
      assert.throws(() => parsePlaces(source, target), { code: 'copy-malformed' });
    });
  }
});
