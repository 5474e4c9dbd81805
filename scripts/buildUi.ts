/**
 * Builds the web interfaces that are not built yet, or whose sources have changed since; with a compressed copy beside
 * each text file, so that nobody compresses while somebody waits. Quick when there is nothing to do.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  globSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join, relative } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';

const root = join(import.meta.dirname, '..');
const vite = join(root, 'node_modules/vite/bin/vite.js');

/** What a build is made of. */
const sources = (ui: string): string[] =>
  [
    'package-lock.json',
    `packages/${ui}/{index.html,vite.config.ts,package.json}`,
    `packages/{ui,${ui}}/src/**/*.{ts,tsx,css,svg}`,
    'packages/protocol/src/text/*.ts',
  ]
    .flatMap((pattern) => globSync(pattern, { cwd: root }))
    .filter((file) => !file.endsWith('.test.ts'))
    .sort();

function digestOf(files: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of files) hash.update(`${file}\0`).update(readFileSync(join(root, file)));
  return hash.digest('hex');
}

/**
 * The newest build is a folder of its own, named after what it was made of; `dist` is a link to it. So two that build at
 * once do not meet, and whoever serves the pages sees the old build or the new one, and never half of one.
 *
 * @returns whether there was something to build
 */
export function buildUi(ui: string): boolean {
  const folder = join(root, 'packages', ui);
  const builds = join(folder, '.built');
  const name = digestOf(sources(ui)).slice(0, 16);
  const build = join(builds, name);
  const dist = join(folder, 'dist');
  if (existsSync(build) && linkOf(dist) === build) return false;
  if (!existsSync(build)) {
    mkdirSync(builds, { recursive: true });
    const making = mkdtempSync(join(builds, 'making-'));
    make(folder, making);
    chmodSync(making, 0o755);
    rename(making, build);
  }
  link(build, dist);
  const kept = [name, ...globSync('making-*', { cwd: builds })];
  for (const old of globSync('*', { cwd: builds }).filter((one) => !kept.includes(one))) {
    rmSync(join(builds, old), { recursive: true, force: true });
  }
  return true;
}

function make(folder: string, out: string): void {
  execFileSync(
    process.execPath,
    [vite, 'build', '--logLevel', 'warn', '--outDir', out, '--emptyOutDir', folder],
    {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, NODE_ENV: 'production' },
    },
  );
  for (const file of globSync('assets/*.{js,css,svg}', { cwd: out })) {
    const content = readFileSync(join(out, file));
    writeFileSync(join(out, `${file}.gz`), gzipSync(content, { level: 9 }));
    writeFileSync(join(out, `${file}.br`), brotliCompressSync(content));
  }
}

/** Somebody else may have made the same meanwhile. */
function rename(making: string, build: string): void {
  try {
    renameSync(making, build);
  } catch (error) {
    if (!existsSync(build)) throw error;
    rmSync(making, { recursive: true, force: true });
  }
}

function link(build: string, dist: string): void {
  const making = `${dist}-${process.pid}`;
  rmSync(making, { force: true });
  symlinkSync(relative(join(dist, '..'), build), making);
  if (linkOf(dist) === undefined) rmSync(dist, { recursive: true, force: true });
  renameSync(making, dist);
}

/** Where a link leads; undefined if it is none, or leads to nothing. */
function linkOf(path: string): string | undefined {
  try {
    return lstatSync(path).isSymbolicLink() ? realpathSync(path) : undefined;
  } catch {
    return undefined;
  }
}

if (import.meta.main) buildUi('device-ui');
