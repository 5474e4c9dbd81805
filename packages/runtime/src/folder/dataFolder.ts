import { chmodSync, lstatSync, readdirSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { fail } from '../errors/index.ts';
import type { Program } from './place.ts';
import {
  checkPrivate,
  makePrivateFolder,
  ownUid,
  readPrivateFile,
  unusable,
  writePrivateFile,
} from './privateFile.ts';

export type DataFolder = {
  readonly path: string;
  /** Whether it was set up by this call. */
  readonly created: boolean;
  /** The layout that was found, or the current one. An older one is the caller's to migrate, then `markVersion`. */
  readonly version: number;
  /** The path of something in it. */
  file(...names: string[]): string;
  /** Writes that the folder has the current layout now. */
  markVersion(): void;
};

export type DataFolderOptions = {
  readonly program: Program;
  /** The layout that this program knows; a whole number from 1. */
  readonly version: number;
  /** Whether a folder that is missing or empty is set up, or is the error `folder-missing`. */
  readonly create: boolean;
  /** What sets the folder up, for the text of `folder-missing`: `sallyport-relay init`. */
  readonly setUp: string;
  readonly uid?: number | undefined;
};

/** What may lie in a folder that is not set up yet. */
const harmless = new Set(['config.yaml', 'lost+found']);
/** What is left of `markVersion` when the power went in the very first start (`writePrivateFile`). */
const cutOff = /^\.version\.[0-9a-f]{12}\.new$/;

/**
 * Opens a data folder: 0700, owned by this user, with a file `version` that names the program and its layout
 * (`sallyport-relay 1`). Nothing is changed in a folder that is refused.
 *
 * @throws folder-missing, folder-permissions, folder-owner, folder-later, folder-foreign, folder-unusable
 */
export function openDataFolder(path: string, options: DataFolderOptions): DataFolder {
  const { program, version, create, setUp, uid = ownUid() } = options;
  const missing = (): Error => fail('folder-missing', { details: { path, setUp } });
  const versionFile = join(path, 'version');
  const markVersion = (): void => writePrivateFile(versionFile, `${program} ${version}\n`);
  const opened = (created: boolean, found: number): DataFolder => ({
    path,
    created,
    version: found,
    file: (...names) => join(path, ...names),
    markVersion,
  });

  const stats = statOf(path);
  const empty = stats?.isDirectory() ? isEmpty(path) : stats === undefined;
  if (empty && !create) throw missing();
  // What somebody made for us with plain mkdir: nothing has been in it that others could have read.
  if (empty && stats && (uid === undefined || stats.uid === uid)) chmodSync(path, 0o700);
  if (stats && !empty) checkFolder(path, stats, uid);
  if (empty) {
    makePrivateFolder(path, uid);
    markVersion();
    return opened(true, version);
  }

  const text = readPrivateFile(versionFile, 100, uid)?.toString('latin1');
  const match = /^(sallyport[a-z-]*) (\d{1,6})\s*$/.exec(text ?? '');
  if (!match || match[1] !== program) {
    const reason = match ? `it is one of ${match[1]}` : 'it holds other things';
    throw fail('folder-foreign', { details: { path, program, reason } });
  }
  const found = Number(match[2]);
  if (found > version) throw fail('folder-later', { details: { path, theirs: found, ours: version } });
  return opened(false, found);
}

function statOf(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw unusable(path, cause);
  }
}

function isEmpty(path: string): boolean {
  try {
    return readdirSync(path).every((name) => harmless.has(name) || cutOff.test(name));
  } catch (cause) {
    throw unusable(path, cause);
  }
}

function checkFolder(path: string, stats: Stats, uid: number | undefined): void {
  if (!stats.isDirectory())
    throw fail('folder-unusable', { details: { path, reason: 'it is not a folder' } });
  checkPrivate(path, stats, uid);
}
