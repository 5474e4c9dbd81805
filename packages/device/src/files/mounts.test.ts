import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fromText } from './bytePath.ts';
import { pathsOf } from './mounts.ts';

const paths = (folder: string, ...mounts: string[]): string[] =>
  pathsOf(
    fromText(folder),
    mounts.map((mount, index) => `${index + 20} 1 ${mount} rw shared:1 - ext4 /dev/x rw\n`).join(''),
  );

describe('the paths of a folder', () => {
  it('are the one it has, on a device with nothing mounted twice', () => {
    assert.deepEqual(paths('/var/lib/agent', '8:1 / /', '8:2 / /var'), ['/var/lib/agent']);
    assert.deepEqual(paths('/var/lib/agent'), ['/var/lib/agent']);
  });

  it('are also those where its file system is seen from above', () => {
    assert.deepEqual(paths('/var/lib/agent', '8:1 / /', '8:1 / /mnt/whole', '8:1 /var /mnt/var'), [
      '/var/lib/agent',
      '/mnt/whole/var/lib/agent',
      '/mnt/var/lib/agent',
    ]);
  });

  it('are also those where a part of it is mounted', () => {
    assert.deepEqual(
      paths('/var/lib/agent', '8:1 / /', '8:1 /var/lib/agent/keys /mnt/k', '8:1 /var/lib/other /mnt/o'),
      ['/var/lib/agent', '/mnt/k'],
    );
  });

  it('are found from a mount that is not the root of its file system, and with spaces in names', () => {
    assert.deepEqual(paths('/data/a b/agent', '8:1 / /', '8:2 /@sub\\040vol /data', '8:2 / /mnt\\040all'), [
      '/data/a b/agent',
      '/mnt all/@sub vol/a b/agent',
    ]);
  });

  it('are judged by the last of several mounts at one place', () => {
    assert.deepEqual(
      paths('/data/agent', '8:1 / /', '8:2 / /data', '8:3 / /data', '8:2 / /two', '8:3 / /three'),
      ['/data/agent', '/three/agent'],
    );
  });
});
