import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fromText, isWithin, normal, split } from './bytePath.ts';
import { type Fence, type FenceLines, makeFence, type Purpose } from './fence.ts';
import { Refusal } from './refusal.ts';
import { statusCodes } from './sftp.ts';

function fence(lines: { roots?: string[]; forbidden?: string[]; write?: boolean }): Fence {
  const roots = (lines.roots ?? ['/']).map(fromText);
  const all: FenceLines = {
    roots,
    rootsAsWritten: roots,
    forbidden: (lines.forbidden ?? []).map(fromText),
    write: lines.write ?? true,
  };
  return makeFence(all);
}
const opens = (of: Fence, path: string, purpose: Purpose = 'look'): boolean => {
  try {
    of.check(fromText(path), purpose);
    return true;
  } catch (error) {
    assert.ok(error instanceof Refusal && error.status === statusCodes.permissionDenied);
    return false;
  }
};

describe('the fence', () => {
  it('opens what lies in a root, and no neighbour whose name only begins like it', () => {
    const narrow = fence({ roots: ['/srv/data', '/home'] });
    for (const path of ['/srv/data', '/srv/data/a', '/home/x']) assert.ok(opens(narrow, path), path);
    for (const path of ['/', '/srv', '/srv/database', '/srv/data2/a', '/etc'])
      assert.ok(!opens(narrow, path), path);
  });

  it('never opens /proc and what is forbidden, whatever the roots', () => {
    const wide = fence({ roots: ['/', '/proc', '/var/lib/agent'], forbidden: ['/var/lib/agent'] });
    for (const path of ['/proc', '/proc/1/environ', '/var/lib/agent', '/var/lib/agent/identity.db'])
      assert.ok(!opens(wide, path), path);
    assert.ok(opens(wide, '/var/lib/agent2'));
    assert.ok(opens(wide, '/processes'));
  });

  it('opens /sys for reading only', () => {
    assert.ok(opens(fence({}), '/sys/class/net', 'look'));
    assert.ok(!opens(fence({}), '/sys/class/net', 'change'));
  });

  it('opens nothing for a change when only reading is allowed', () => {
    const reading = fence({ write: false });
    assert.ok(opens(reading, '/tmp/a', 'look'));
    assert.ok(!opens(reading, '/tmp/a', 'change'));
  });

  it('does not let a folder be moved that holds something forbidden', () => {
    const wide = fence({ forbidden: ['/var/lib/agent'] });
    for (const path of ['/var', '/var/lib', '/var/lib/agent'])
      assert.throws(() => wide.checkMove(fromText(path)));
    wide.checkMove(fromText('/var/log'));
  });

  it('refuses the file system of /proc under any name, and the writing of others of the kernel', () => {
    assert.throws(() => fence({}).checkFileSystem(0x9fa0n, 'look'));
    fence({}).checkFileSystem(0x63677270n, 'look');
    assert.throws(() => fence({}).checkFileSystem(0x63677270n, 'change'));
    fence({}).checkFileSystem(0xef53n, 'change');
  });
});

describe('paths', () => {
  it('are split at their last name, however they are written', () => {
    const parts = (path: string): string[] => Object.values(split(fromText(path)) ?? {});
    assert.deepEqual(parts('/a/b'), ['/a', 'b']);
    assert.deepEqual(parts('/a'), ['/', 'a']);
    assert.deepEqual(parts('a'), ['.', 'a']);
    assert.deepEqual(parts('a/b//'), ['a', 'b']);
    assert.deepEqual(parts('../b'), ['..', 'b']);
    for (const none of ['', '/', '//', '.', '..', 'a/..', '/a/./']) assert.deepEqual(parts(none), [], none);
  });

  it('are made absolute by their text', () => {
    const text = (path: string): string => normal(fromText(path), fromText('/home/x'));
    assert.equal(text('a/../b//./c'), '/home/x/b/c');
    assert.equal(text('/../../proc/self'), '/proc/self');
    assert.equal(text(''), '/home/x');
  });

  it('are within themselves and what is above them', () => {
    assert.ok(isWithin(fromText('/a/b'), fromText('/a')) && isWithin(fromText('/a'), fromText('/')));
    assert.ok(!isWithin(fromText('/ab'), fromText('/a')) && !isWithin(fromText('/'), fromText('/a')));
  });
});
