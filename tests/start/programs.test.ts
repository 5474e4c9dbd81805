import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { buildInto } from '../../scripts/build/builds.ts';

const root = join(import.meta.dirname, '../..');
const temporary = mkdtempSync(join(tmpdir(), 'sallyport-programs-'));
after(() => rmSync(temporary, { recursive: true }));

/** An installation with the launcher of one program, which says where it was started from. */
function install(name: string, program: string) {
  const folder = mkdtempSync(join(temporary, 'installed-'));
  const packages = join(folder, 'packages');
  const at = (...path: string[]): string => join(packages, ...path);
  for (const part of [at(name, 'bin'), at(name, 'dist'), join(folder, 'node_modules/node/bin')])
    mkdirSync(part, { recursive: true });
  symlinkSync(process.execPath, join(folder, 'node_modules/node/bin/node'));
  copyFileSync(join(root, 'packages', name, 'bin', program), at(name, 'bin', program));
  const write = (path: string, text: string, minutes: number): void => {
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, text);
    const seconds = Date.now() / 1000 + minutes * 60;
    utimesSync(path, seconds, seconds);
  };
  const kept = 'runtime/src/compiled/keep.cjs';
  write(at(kept), readFileSync(join(root, 'packages', kept), 'utf8'), 0);
  write(at('protocol/src/some.ts'), '', 0);
  write(at(name, 'src/main.ts'), 'console.log("the sources" as string);', 0);
  write(at(name, 'dist/main.cjs'), 'console.log("what was built");', 2);
  return {
    at,
    write,
    says: () => execFileSync(at(name, 'bin', program), { env: { HOME: folder }, encoding: 'utf8' }).trim(),
  };
}

for (const [name, program] of [
  ['device', 'sallyport-device'],
  ['relay', 'sallyport-relay'],
  ['support', 'sallyport'],
] as const) {
  describe(`the launcher of ${program}`, () => {
    it('runs what was built, unless a source of the program, or of what it is made of, is newer', () => {
      const { at, write, says } = install(name, program);
      assert.equal(says(), 'what was built');
      for (const source of [at(name, 'src/main.ts'), at('protocol/src/some.ts')]) {
        const text = readFileSync(source, 'utf8');
        write(source, text, 3);
        assert.equal(says(), 'the sources', source);
        write(source, text, 0);
      }
      const later = Date.now() / 1000 + 180;
      utimesSync(at('protocol/src'), later, later);
      assert.equal(says(), 'the sources', 'one came or went');
    });

    it('does not mind tests, and no sources at all', () => {
      const { at, write, says } = install(name, program);
      write(at('protocol/src/some.test.ts'), '', 3);
      assert.equal(says(), 'what was built');
      rmSync(at(name, 'src'), { recursive: true });
      rmSync(at('protocol'), { recursive: true });
      assert.equal(says(), 'what was built');
    });

    it('runs the sources where nothing was built', () => {
      const { at, says } = install(name, program);
      rmSync(at(name, 'dist'), { recursive: true });
      assert.equal(says(), 'the sources');
    });
  });
}

describe('a build', () => {
  it('is made once of the same sources, and the one before stays for a day', async () => {
    const folder = mkdtempSync(join(temporary, 'package-'));
    let made = 0;
    const build = (source: string): Promise<boolean> =>
      buildInto({
        folder,
        sources: [source],
        make: async (out) => {
          made += 1;
          writeFileSync(join(out, 'made'), source);
        },
      });
    assert.equal(await build('README.md'), true);
    assert.equal(await build('README.md'), false);
    assert.equal(made, 1);
    const [first = ''] = readdirSync(join(folder, '.built'));
    assert.equal(await build('LICENSE'), true);
    assert.equal(readFileSync(join(folder, 'dist/made'), 'utf8'), 'LICENSE');
    assert.ok(existsSync(join(folder, '.built', first)), 'who runs from it may load more of it');
    assert.equal(await build('README.md'), true);
    assert.equal(made, 2, 'and it is not made anew');
    const dayAgo = Date.now() / 1000 - 90_000;
    for (const old of readdirSync(join(folder, '.built')))
      utimesSync(join(folder, '.built', old), dayAgo, dayAgo);
    assert.equal(await build('LICENSE'), true);
    assert.equal(readdirSync(join(folder, '.built')).length, 2, 'a day from when it was the newest');
    utimesSync(join(folder, '.built', first), dayAgo, dayAgo);
    assert.equal(await build('NOTHING'), true);
    assert.ok(!existsSync(join(folder, '.built', first)));
  });

  it('that fails leaves the one before', async () => {
    const folder = mkdtempSync(join(temporary, 'package-'));
    await buildInto({
      folder,
      sources: ['README.md'],
      make: async (out) => writeFileSync(join(out, 'made'), 'whole'),
    });
    const fails = buildInto({ folder, sources: ['LICENSE'], make: () => Promise.reject(new Error('full')) });
    await assert.rejects(fails, /full/);
    assert.equal(readFileSync(join(folder, 'dist/made'), 'utf8'), 'whole');
  });
});
