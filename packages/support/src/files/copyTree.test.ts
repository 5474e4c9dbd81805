import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, describe, it } from 'node:test';
import { fail, type SallyportError } from '@sallyport/protocol/errors';
import { copyTree } from './copyTree.ts';
import { localStore } from './localStore.ts';
import { openPartNotes } from './partial.ts';
import type { Entry, Store } from './store.ts';

const folder = mkdtempSync(join(tmpdir(), 'sallyport-tree-'));
after(() => rmSync(folder, { recursive: true, force: true }));
let data = '';
let target = '';
let failures: SallyportError[] = [];
beforeEach(() => {
  data = mkdtempSync(join(folder, 'data-'));
  target = join(mkdtempSync(join(folder, 'target-')), 'copy');
  failures = [];
});

/** A device whose folder lists what a test wants; every file of it has the same contents. */
function device(entries: (path: string) => Entry[], contents = 'contents'): Store {
  const file = join(data, 'contents');
  writeFileSync(file, contents);
  const local = localStore();
  const isFolder = (path: string): boolean => path === '/source' || path.endsWith('-folder');
  return {
    ...local,
    side: 'device',
    look: async (path) => {
      const status = await local.look(file);
      return isFolder(path) && status ? { ...status, kind: 'folder', mode: 0o755 } : status;
    },
    list: async function* (path) {
      yield* entries(path);
    },
    openToRead: () => local.openToRead(file),
  };
}
const copyFrom = (from: Store): ReturnType<typeof copyTree> =>
  copyTree(
    {
      from,
      to: localStore(),
      device: 'd1',
      notes: openPartNotes(data),
      onFailure: (error) => void failures.push(error),
    },
    '/source',
    target,
  );

describe('a folder of a hostile device', () => {
  it('never writes outside the target folder', async () => {
    const names = ['../escaped', '..', '/tmp/escaped', 'a/b', '', '.', 'nul\0', undefined];
    const from = device(() => [...names, 'good'].map((name) => ({ name, kind: 'file' as const })));
    const copied = await copyFrom(from);
    assert.deepEqual(copied, { files: 1, failures: names.length });
    assert.deepEqual(new Set(failures.map((error) => error.code)), new Set(['name-hostile']));
    assert.deepEqual(readdirSync(target), ['good']);
    assert.deepEqual(readdirSync(join(target, '..')), ['copy']);
  });
  it('has its names made printable where they are told', async () => {
    const from = device(() => [{ name: '../\x1b]0;owned\x07', kind: 'file' }]);
    await copyFrom(from);
    assert.equal(failures[0]?.message.includes('\x1b'), false);
  });
  it('that never ends is left at some depth', async () => {
    const from = device(() => [{ name: 'a-folder', kind: 'folder' }]);
    await copyFrom(from);
    assert.deepEqual(
      failures.map((error) => error.code),
      ['too-deep'],
    );
  });
  it('makes no links, pipes or devices here', async () => {
    const from = device(() => [{ name: 'pipe', kind: 'other' }]);
    assert.deepEqual(await copyFrom(from), { files: 0, failures: 1 });
    assert.deepEqual(readdirSync(target), []);
  });
  it('gives no file more permissions than this user gives to new ones', async () => {
    const from = device(() => [{ name: 'good', kind: 'file' }]);
    const open = {
      ...from,
      openToRead: async () => ({
        ...(await from.openToRead('')),
        status: async () => ({ kind: 'file', size: 8, modified: 1, mode: 0o777 }) as const,
      }),
    };
    await copyTree(
      { from: open, to: localStore(0o022), device: 'd1', notes: openPartNotes(data), onFailure: () => {} },
      '/source',
      target,
    );
    const { statSync } = await import('node:fs');
    assert.equal(statSync(join(target, 'good')).mode & 0o7777, 0o755);
  });
});

describe('a copy of a folder', () => {
  it('goes on when one file fails, and counts it', async () => {
    const from = device(() => ['a', 'b', 'c'].map((name) => ({ name, kind: 'file' as const })));
    mkdirSync(join(target, 'b'), { recursive: true });
    assert.deepEqual(await copyFrom(from), { files: 2, failures: 1 });
    assert.equal(readFileSync(join(target, 'c'), 'utf8'), 'contents');
    assert.match(failures[0]?.code ?? '', /^file-/);
  });
  it('ends when the session ends', async () => {
    const from = device(() => ['a', 'b'].map((name) => ({ name, kind: 'file' as const })));
    const gone: Store = { ...from, openToRead: () => Promise.reject(fail('session-closed')) };
    await assert.rejects(copyFrom(gone), { code: 'session-closed' });
  });
  it('has as many files under way in folders inside folders as in one', async () => {
    const files = Array.from({ length: 8 }, (_, n) => ({ name: `f${n}`, kind: 'file' as const }));
    const inside = { name: 'a-folder', kind: 'folder' as const };
    const from = device((path) => (path.split('/').length < 6 ? [...files, inside] : files));
    let underWay = 0;
    let most = 0;
    const counted: Store = {
      ...from,
      openToRead: async (path) => {
        underWay += 1;
        most = Math.max(most, underWay);
        const file = await from.openToRead(path);
        const close = async (): Promise<void> => {
          await file.close();
          underWay -= 1;
        };
        return { ...file, close };
      },
    };
    assert.deepEqual(await copyFrom(counted), { files: 40, failures: 0 });
    assert.equal(most, 8);
  });
  it('copies more files than are under way at once', async () => {
    const from = device(() =>
      Array.from({ length: 100 }, (_, n) => ({ name: `f${n}`, kind: 'file' as const })),
    );
    assert.deepEqual(await copyFrom(from), { files: 100, failures: 0 });
    assert.equal(readdirSync(target).length, 100);
  });
});
