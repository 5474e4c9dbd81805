/**
 * Builds the web interfaces that are not built yet, or whose sources have changed since; with a compressed copy beside
 * each text file, so that nobody compresses while somebody waits. Quick when there is nothing to do.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
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

/** @returns whether there was something to build */
export function buildUi(ui: string): boolean {
  const out = join(root, 'packages', ui, 'dist');
  const stamp = join(out, '.built-from');
  const digest = digestOf(sources(ui));
  if (readIfThere(stamp) === digest) return false;
  execFileSync(process.execPath, [vite, 'build', '--logLevel', 'warn', join(root, 'packages', ui)], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, NODE_ENV: 'production' },
  });
  for (const file of globSync('assets/*.{js,css,svg}', { cwd: out })) {
    const content = readFileSync(join(out, file));
    writeFileSync(join(out, `${file}.gz`), gzipSync(content, { level: 9 }));
    writeFileSync(join(out, `${file}.br`), brotliCompressSync(content));
  }
  writeFileSync(stamp, digest);
  return true;
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

if (import.meta.main) buildUi('device-ui');
