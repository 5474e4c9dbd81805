import { execFile } from 'node:child_process';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { buildInto, root } from './builds.ts';

const vite = join(root, 'node_modules/vite/bin/vite.js');

/**
 * Builds a web interface that is not built yet, or whose sources have changed since; with a compressed copy beside each
 * text file, so that nobody compresses while somebody waits.
 *
 * @returns whether there was something to build
 */
export const buildUi = (ui: string): Promise<boolean> =>
  buildInto({
    folder: join(root, 'packages', ui),
    sources: [
      'package-lock.json',
      `packages/${ui}/{index.html,vite.config.ts,package.json}`,
      `packages/{ui,${ui}}/src/**/*.{ts,tsx,css,svg}`,
      'packages/protocol/src/text/*.ts',
    ],
    make: (out) => make(join(root, 'packages', ui), out),
  });

async function make(folder: string, out: string): Promise<void> {
  const args = [vite, 'build', '--logLevel', 'warn', '--outDir', out, '--emptyOutDir', folder];
  const env = { ...process.env, NODE_ENV: 'production' };
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { cwd: root, env });
  process.stderr.write(stdout + stderr);
  for (const file of globSync('assets/*.{js,css,svg}', { cwd: out })) {
    const content = readFileSync(join(out, file));
    writeFileSync(join(out, `${file}.gz`), gzipSync(content, { level: 9 }));
    writeFileSync(join(out, `${file}.br`), brotliCompressSync(content));
  }
}
