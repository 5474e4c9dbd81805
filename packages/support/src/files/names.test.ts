import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isPlainName, partName } from './names.ts';

describe('a name that the device gave', () => {
  it('is plain if it is one name in one folder', () => {
    for (const name of ['a', '.a', '...', 'a b', 'ünï', '-rf', 'a\nb', '\x1b[31m'])
      assert.equal(isPlainName(name, 'linux'), true);
  });
  it('is hostile if it could leave the target folder', () => {
    for (const name of [
      '',
      '.',
      '..',
      '/',
      '/etc/passwd',
      '../x',
      'a/../../b',
      'a/b',
      'a\0b',
      'x'.repeat(256),
      undefined,
    ]) {
      assert.equal(isPlainName(name, 'linux'), false, String(name));
    }
  });
  it('is hostile on Windows also by what has a meaning there', () => {
    for (const name of ['a\\b', 'C:x', 'con', 'NUL.txt', 'a:stream', 'a.', 'a ']) {
      assert.equal(isPlainName(name, 'win32'), false, name);
    }
  });
});

describe('the name of a part', () => {
  it('is that of its target, hidden', () => assert.equal(partName('a'), '.a.sallyport-part'));
  it('fits into a folder, however long the target’s is', () => {
    for (const name of ['x'.repeat(255), 'ü'.repeat(127)]) {
      assert.ok(Buffer.byteLength(partName(name)) <= 255);
      assert.equal(isPlainName(partName(name)), true);
    }
    assert.notEqual(partName('x'.repeat(255)), partName('x'.repeat(254)));
  });
});
