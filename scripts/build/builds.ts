/** Builds that are folders of their own, named after what they were made of: what is built already is not built again. */
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
  statSync,
  symlinkSync,
  utimesSync,
} from 'node:fs';
import { join, relative } from 'node:path';

export const root = join(import.meta.dirname, '../..');

/** So long a build stays when it is not the newest any more: who runs from it may load more of it. In milliseconds. */
const keptMs = 86_400_000;

export type BuildOptions = {
  /** Of the package that is built. */
  readonly folder: string;
  /** What the build is made of, as patterns from the root of the repository. Tests do not count. */
  readonly sources: readonly string[];
  /** Writes the build into an empty folder. */
  readonly make: (out: string) => Promise<void>;
};

/**
 * Has `dist` of the package lead to a build of its sources as they are. Two that build at once do not meet, and whoever
 * looks into `dist` sees the old build or the new one, and never half of one.
 *
 * @returns whether there was something to build
 */
export async function buildInto({ folder, sources, make }: BuildOptions): Promise<boolean> {
  const files = sources
    .flatMap((pattern) => globSync(pattern, { cwd: root }))
    .filter((file) => !/\.test\.tsx?$/.test(file))
    .toSorted();
  const builds = join(folder, '.built');
  const name = digestOf(files).slice(0, 16);
  const build = join(builds, name);
  const dist = join(folder, 'dist');
  const before = linkOf(dist);
  if (before === build) return false;
  if (!existsSync(build)) {
    mkdirSync(builds, { recursive: true });
    const making = mkdtempSync(join(builds, 'making-'));
    await make(making);
    chmodSync(making, 0o755);
    rename(making, build);
  }
  link(build, dist);
  const now = new Date();
  if (before?.startsWith(builds)) utimesSync(before, now, now);
  for (const old of globSync('*', { cwd: builds }).filter((other) => other !== name)) {
    const path = join(builds, old);
    const { mtimeMs } = statSync(path, { throwIfNoEntry: false }) ?? { mtimeMs: Number.POSITIVE_INFINITY };
    if (Date.now() - mtimeMs > keptMs) rmSync(path, { recursive: true, force: true });
  }
  return true;
}

function digestOf(files: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of files) hash.update(`${file}\0`).update(readFileSync(join(root, file)));
  return hash.digest('hex');
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
