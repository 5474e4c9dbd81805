import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, describe, it } from 'node:test';
import {
  type DataFolderOptions,
  dataFolderPath,
  makePrivateFolder,
  openDataFolder,
  readPrivateFile,
  writePrivateFile,
} from './index.ts';

const base = mkdtempSync(join(tmpdir(), 'sallyport-folder-'));
after(() => rmSync(base, { recursive: true }));
let path = '';
let count = 0;
beforeEach(() => {
  count += 1;
  path = join(base, `case-${count}`);
});

const known: DataFolderOptions = {
  program: 'sallyport-relay',
  version: 2,
  create: false,
  setUp: 'sallyport-relay init',
};
const modeOf = (file: string): string => (statSync(file).mode & 0o777).toString(8);
const contents = (folder: string): string[] => readdirSync(folder).toSorted();

describe('a data folder', () => {
  it('is made for this user alone, marked with program and layout, and opens again', () => {
    const made = openDataFolder(path, { ...known, create: true });
    assert.deepEqual([made.created, made.version, modeOf(path)], [true, 2, '700']);
    assert.equal(readFileSync(made.file('version'), 'utf8'), 'sallyport-relay 2\n');
    assert.equal(modeOf(made.file('version')), '600');
    const again = openDataFolder(path, known);
    assert.deepEqual([again.created, again.version], [false, 2]);
  });

  it('that is missing or empty is an error unless it may be made', () => {
    const expected = { code: 'folder-missing', details: { path, setUp: 'sallyport-relay init' } };
    assert.throws(() => openDataFolder(path, known), expected);
    assert.equal(existsSync(path), false);
    mkdirSync(path);
    assert.throws(() => openDataFolder(path, known), expected);
    assert.deepEqual(contents(path), []);
  });

  it('that was made empty by hand, perhaps with a configuration, is taken and closed to others', () => {
    mkdirSync(path, { mode: 0o755 });
    writeFileSync(join(path, 'config.yaml'), 'a: 1\n');
    openDataFolder(path, { ...known, create: true });
    assert.equal(modeOf(path), '700');
  });

  it('whose very first start was cut off while it was marked is set up by the next', () => {
    mkdirSync(path, { mode: 0o700 });
    const leftover = '.version.0123456789ab.new';
    writeFileSync(join(path, leftover), '', { mode: 0o600 });
    assert.throws(() => openDataFolder(path, known), { code: 'folder-missing' });
    assert.equal(openDataFolder(path, { ...known, create: true }).created, true);
    assert.deepEqual(contents(path), [leftover, 'version']);
    assert.equal(openDataFolder(path, known).created, false);
  });

  it('with what only resembles such a leftover is refused', () => {
    for (const name of ['.version.new', '.version.0123456789AB.new', 'x.version.0123456789ab.new']) {
      const other = join(base, `resembling-${name}`);
      mkdirSync(other, { mode: 0o700 });
      writeFileSync(join(other, name), '');
      assert.throws(() => openDataFolder(other, { ...known, create: true }), { code: 'folder-foreign' });
    }
  });

  for (const mode of [0o750, 0o701, 0o720, 0o755, 0o777]) {
    it(`that others can get at (mode ${mode.toString(8)}) is refused`, () => {
      openDataFolder(path, { ...known, create: true });
      chmodSync(path, mode);
      assert.throws(() => openDataFolder(path, known), {
        code: 'folder-permissions',
        details: { path, mode: `0${mode.toString(8)}` },
      });
      assert.equal(modeOf(path), mode.toString(8));
    });
  }

  it('whose version file others can change is refused', () => {
    openDataFolder(path, { ...known, create: true });
    chmodSync(join(path, 'version'), 0o666);
    assert.throws(() => openDataFolder(path, known), { code: 'folder-permissions' });
  });

  it('of another user is refused, also when it is empty', () => {
    openDataFolder(path, { ...known, create: true });
    const stranger = { ...known, uid: statSync(path).uid + 1 };
    assert.throws(() => openDataFolder(path, stranger), {
      code: 'folder-owner',
      details: { path, owner: statSync(path).uid },
    });
    const empty = `${path}-empty`;
    mkdirSync(empty, { mode: 0o755 });
    assert.throws(() => openDataFolder(empty, { ...stranger, create: true }), { code: 'folder-owner' });
    assert.equal(modeOf(empty), '755');
  });

  it('of a later version is refused and left as it is', () => {
    openDataFolder(path, { ...known, version: 3, create: true });
    writeFileSync(join(path, 'state.db'), 'precious');
    assert.throws(() => openDataFolder(path, { ...known, create: true }), {
      code: 'folder-later',
      details: { path, theirs: 3, ours: 2 },
    });
    assert.deepEqual(contents(path), ['state.db', 'version']);
    assert.equal(readFileSync(join(path, 'version'), 'utf8'), 'sallyport-relay 3\n');
  });

  it('of an earlier version opens, and is marked when its owner has migrated it', () => {
    openDataFolder(path, { ...known, version: 1, create: true });
    const folder = openDataFolder(path, known);
    assert.equal(folder.version, 1);
    folder.markVersion();
    assert.equal(openDataFolder(path, known).version, 2);
  });

  it('of another program, or with other things in it, is refused', () => {
    openDataFolder(path, { ...known, program: 'sallyport-device', create: true });
    assert.throws(() => openDataFolder(path, known), {
      code: 'folder-foreign',
      message: /one of sallyport-device/,
    });
    const home = `${path}-home`;
    mkdirSync(home, { mode: 0o700 });
    writeFileSync(join(home, 'thesis.txt'), 'x');
    assert.throws(() => openDataFolder(home, { ...known, create: true }), { code: 'folder-foreign' });
    assert.deepEqual(contents(home), ['thesis.txt']);
  });

  it('that is a file or a link is refused', () => {
    writeFileSync(path, 'x', { mode: 0o600 });
    assert.throws(() => openDataFolder(path, { ...known, create: true }), { code: 'folder-unusable' });
    const target = `${path}-target`;
    openDataFolder(target, { ...known, create: true });
    symlinkSync(target, `${path}-link`);
    assert.throws(() => openDataFolder(`${path}-link`, known), {
      code: 'folder-unusable',
      message: /not a folder/,
    });
  });

  it('below a file says why it cannot be used', () => {
    writeFileSync(path, 'x');
    assert.throws(() => openDataFolder(join(path, 'below'), { ...known, create: true }), {
      code: 'folder-unusable',
      message: /a part of its path is not a folder/,
    });
  });
});

describe('a private file', () => {
  beforeEach(() => void makePrivateFolder(path));

  it('is written whole, for this user alone, and replaces an older one', () => {
    const file = join(path, 'identity.json');
    writePrivateFile(file, 'one');
    chmodSync(file, 0o644);
    writePrivateFile(file, Buffer.from('two'));
    assert.equal(modeOf(file), '600');
    assert.equal(readPrivateFile(file, 100)?.toString(), 'two');
    assert.deepEqual(contents(path), ['identity.json']);
  });

  it('that cannot be written leaves nothing behind', () => {
    mkdirSync(join(path, 'taken'));
    writeFileSync(join(path, 'taken', 'x'), '');
    assert.throws(() => writePrivateFile(join(path, 'taken'), 'x'), { code: 'folder-unusable' });
    assert.throws(() => writePrivateFile(join(path, 'absent', 'x'), 'x'), { code: 'folder-unusable' });
    assert.deepEqual(contents(path), ['taken']);
  });

  it('that is not there is undefined', () => {
    assert.equal(readPrivateFile(join(path, 'absent'), 100), undefined);
  });

  it('is read up to the cap, and not one byte more', () => {
    const file = join(path, 'x');
    writePrivateFile(file, 'x'.repeat(100));
    assert.equal(readPrivateFile(file, 100)?.length, 100);
    assert.throws(() => readPrivateFile(file, 99), {
      code: 'folder-unusable',
      message: /larger than 99 bytes/,
    });
  });

  it('that others can read, that is another user’s, a link or a folder is refused', () => {
    const file = join(path, 'key.pem');
    writePrivateFile(file, 'x');
    assert.throws(() => readPrivateFile(file, 100, statSync(file).uid + 1), { code: 'folder-owner' });
    symlinkSync(file, join(path, 'link'));
    assert.throws(() => readPrivateFile(join(path, 'link'), 100), {
      code: 'folder-unusable',
      message: /symbolic link/,
    });
    assert.throws(() => readPrivateFile(path, 100), { code: 'folder-unusable', message: /not a file/ });
    chmodSync(file, 0o640);
    assert.throws(() => readPrivateFile(file, 100), {
      code: 'folder-permissions',
      details: { path: file, mode: '0640' },
    });
  });
});

describe('the place of a data folder', () => {
  it('is the flag, else SALLYPORT_DATA, else the usual one', () => {
    const program = 'sallyport';
    const env = { SALLYPORT_DATA: '/srv/env' };
    assert.equal(dataFolderPath({ program, data: '/srv/flag', env }), '/srv/flag');
    assert.equal(dataFolderPath({ program, env }), '/srv/env');
    assert.equal(dataFolderPath({ program, data: '~/x', env }), join(homedir(), 'x'));
    assert.match(dataFolderPath({ program, env: {} }), /sallyport/);
  });

  it('of a server that runs as root is below /var/lib on Linux, and nowhere else', () => {
    const program = 'sallyport-relay';
    const isThere = (uid: number): boolean =>
      dataFolderPath({ program, env: {}, uid }) === '/var/lib/sallyport-relay';
    assert.deepEqual([isThere(0), isThere(1000)], [process.platform === 'linux', false]);
  });
});
