import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { repository } from '../stage/index.ts';

type Ranges = { readonly [name: string]: string };
type Manifest = {
  /** As `docs/dependencies.md` names it: `root`, or the folder below `packages`. */
  readonly place: string;
  readonly folder: string;
  readonly toRun: Ranges;
  readonly toBuild: Ranges;
};
type Row = { readonly names: readonly string[]; readonly version: string; readonly usedIn: string };

const read = (file: string): string => readFileSync(join(repository, file), 'utf8');
const own = '@sallyport/';

function manifestAt(file: string): Manifest {
  const found = JSON.parse(read(file)) as { dependencies?: Ranges; devDependencies?: Ranges };
  const folder = file.slice(0, -'package.json'.length);
  return {
    place: folder === '' ? 'root' : (folder.split('/').at(-2) ?? ''),
    folder,
    toRun: found.dependencies ?? {},
    toBuild: found.devDependencies ?? {},
  };
}

const manifests = ['package.json', ...globSync('packages/*/package.json', { cwd: repository })].map(
  manifestAt,
);

/** The first cell of a row names packages as links and in backticks, the version of the first one behind its link. */
function rowsOf(section: string): Row[] {
  const text = read('docs/dependencies.md').split(`## ${section}\n`)[1]?.split('\n## ')[0] ?? '';
  return text
    .split('\n')
    .filter((line) => line.startsWith('| ') && !/^\| (library|---) /.test(line))
    .map((line) => {
      const [, first = '', second = ''] = line.split('|').map((cell) => cell.trim());
      const names = [...first.matchAll(/\[([^\]]+)\]\(|`([^`]+)`/g)].map(
        ([, link, code]) => link ?? code ?? '',
      );
      return { names, version: /\) (\d[\d.]*)/.exec(first)?.[1] ?? '', usedIn: second };
    })
    .filter(({ names }) => !names.every((name) => name.startsWith('node:')));
}

const rows = {
  toRun: rowsOf('To run'),
  toBuild: [...rowsOf('In the web interfaces'), ...rowsOf('To build and test')],
};

/** Rows of `@types/*` stand for all that begins so. */
const names = (row: Row, name: string): boolean =>
  row.names.some((one) => one === name || (one.endsWith('*') && name.startsWith(one.slice(0, -1))));

const placesOf: { readonly [words: string]: readonly string[] } = {
  programs: ['relay', 'device', 'support'],
};

for (const kind of ['toRun', 'toBuild'] as const) {
  describe(`the dependencies ${kind === 'toRun' ? 'to run' : 'to build and test'}`, () => {
    const used = manifests.flatMap(({ place, [kind]: ranges }) =>
      Object.entries(ranges)
        .filter(([name]) => !name.startsWith(own))
        .map(([name, range]) => ({ place, name, range })),
    );

    it('have each a row in docs/dependencies.md', () => {
      // A test may use what another package runs with.
      const known = kind === 'toRun' ? rows.toRun : [...rows.toBuild, ...rows.toRun];
      for (const { place, name } of used)
        assert.ok(
          known.some((row) => names(row, name)),
          `${name} of ${place} has no row`,
        );
    });

    it('are all there that have a row', () => {
      for (const row of rows[kind])
        for (const name of row.names) {
          const found = used.some((one) => names({ ...row, names: [name] }, one.name));
          assert.ok(found, `docs/dependencies.md has ${name}, and no package.json`);
        }
    });

    it('have the versions of their rows', () => {
      for (const { names: [name] = [], version } of rows[kind].filter((row) => row.version !== ''))
        assert.ok(
          used.some(
            (one) => one.name === name && `${one.range.replace(/^\^/, '')}.`.startsWith(`${version}.`),
          ),
          `docs/dependencies.md has version ${version} of ${name}`,
        );
    });
  });
}

describe('a dependency to run', () => {
  it('is used in the packages that its row tells', () => {
    for (const row of rows.toRun) {
      const told = row.usedIn.split(', ').flatMap((word) => placesOf[word] ?? [word]);
      const used = manifests.filter(({ toRun }) => Object.keys(toRun).some((name) => names(row, name)));
      for (const { place } of used) assert.ok(told.includes(place), `${row.names[0]} is used in ${place}`);
      const isUsed = (places: readonly string[]): boolean => used.some(({ place }) => places.includes(place));
      for (const word of row.usedIn.split(', '))
        assert.ok(isUsed(placesOf[word] ?? [word]), `${row.names[0]} is not used in ${word}`);
    }
  });

  it('is imported in its package', () => {
    const running = manifests.filter(({ place }) => place !== 'root');
    for (const { place, folder, toRun } of running) {
      const source = globSync('src/**/*.ts', { cwd: join(repository, folder) })
        .map((file) => read(join(folder, file)))
        .join('\n');
      for (const name of Object.keys(toRun))
        assert.match(source, new RegExp(`'${name}['/]`), `${place} imports nothing of ${name}`);
    }
  });

  it('has one range in all packages', () => {
    const ranges = new Map<string, string>();
    for (const { place, toRun, toBuild } of manifests)
      for (const [name, range] of Object.entries({ ...toBuild, ...toRun })) {
        // TypeScript alone is there in two versions.
        if (name !== 'typescript') assert.equal(range, ranges.get(name) ?? range, `${name} in ${place}`);
        ranges.set(name, range);
      }
  });
});
