import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { repository } from '../stage/index.ts';

const read = (file: string): string => readFileSync(join(repository, file), 'utf8');
const pages = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...globSync('docs/*.md', { cwd: repository })];
const { scripts } = JSON.parse(read('package.json')) as { scripts: { [name: string]: string } };

describe('the pages', () => {
  it('name no script of npm that is not there', () => {
    const named = pages.flatMap((page) =>
      [...read(page).matchAll(/npm run ([a-z-]+)/g)].map(([, name]) => name ?? ''),
    );
    assert.ok(named.includes('drill') && named.includes('faults'));
    for (const name of named) assert.ok(name in scripts, `npm run ${name}`);
  });

  it('are all in the table of README.md', () => {
    for (const page of pages.filter((name) => name !== 'README.md'))
      assert.ok(read('README.md').includes(`(${page})`), page);
  });
});

describe('docs/architecture.md', () => {
  for (const name of ['protocol', 'runtime', 'relay', 'device', 'support']) {
    it(`has every folder of ${name} in its table`, () => {
      const table =
        read('docs/architecture.md').split(`| folder of \`${name}\` |`)[1]?.split('\n\n')[0] ?? '';
      const rows = [...table.matchAll(/^\| ((?:`\w+`(?:, )?)+) \|/gm)].flatMap(([, names = '']) =>
        [...names.matchAll(/`(\w+)`/g)].map(([, folder]) => folder ?? ''),
      );
      const folders = globSync(`packages/${name}/src/*/`, { cwd: repository }).map(
        (path) => path.split('/').at(-1) ?? '',
      );
      assert.ok(folders.length > 5);
      assert.deepEqual(rows.toSorted(), folders.toSorted());
    });
  }
});
