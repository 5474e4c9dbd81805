import { constants, readdirSync, statSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { GrantId } from '@sallyport/protocol/grant';
import { parseRecordingId, type RecordingId } from '@sallyport/protocol/recording';
import { makePrivateFolder } from '@sallyport/runtime/folder';
import { fail } from '../errors/index.ts';

/** How the name of a recording's file ends; and of one that only the holder of a key can read. */
export const plainEnding = '.cast';
export const lockedEnding = '.cast.age';

const reasons: { readonly [code: string]: string } = {
  EMFILE: 'too many files are open',
  ENFILE: 'too many files are open',
  EACCES: 'permission is denied',
  EIO: 'the disk cannot read it',
};

/** One file in the folder. */
export type RecordingFileName = {
  readonly id: RecordingId;
  readonly count: number;
  readonly grant: GrantId;
  readonly locked: boolean;
  readonly path: string;
};

/** The folder `recordings` in the data folder of a device, mode 0700. */
export type RecordingsFolder = {
  readonly path: string;
  /** The newest first. */
  list(): RecordingFileName[];
  /** @throws recording-unknown */
  find(id: string): RecordingFileName;
  /** In bytes. */
  sizeOf(file: RecordingFileName): number;
  /** Opens a file to read it; links are not followed. @throws recording-unknown, recording-not-opened */
  open(file: RecordingFileName): Promise<FileHandle>;
};

/** @throws folder-unusable, folder-permissions, folder-owner */
export function recordingsFolder(path: string): RecordingsFolder {
  makePrivateFolder(path);
  const read = (name: string): RecordingFileName | undefined => {
    const ending = [lockedEnding, plainEnding].find((one) => name.endsWith(one));
    const parsed = ending && parseRecordingId(name.slice(0, -ending.length));
    return parsed ? { ...parsed, locked: ending === lockedEnding, path: join(path, name) } : undefined;
  };
  const list = (): RecordingFileName[] => {
    const found = new Map<RecordingId, RecordingFileName>();
    for (const name of readdirSync(path)) {
      const file = read(name);
      // While a file is being locked there are both.
      if (file && (!file.locked || !found.has(file.id))) found.set(file.id, file);
    }
    return [...found.values()].sort((one, other) => other.count - one.count);
  };
  return {
    path,
    list,
    find(id) {
      const known = parseRecordingId(id);
      for (const ending of known ? [plainEnding, lockedEnding] : []) {
        const file = read(`${id}${ending}`);
        if (file && statSync(file.path, { throwIfNoEntry: false })?.isFile()) return file;
      }
      throw fail('recording-unknown');
    },
    sizeOf: ({ path: file }) => statSync(file, { throwIfNoEntry: false })?.size ?? 0,
    async open(file) {
      try {
        return await open(file.path, constants.O_RDONLY | constants.O_NOFOLLOW);
      } catch (cause) {
        const { code = 'unknown' } = cause as NodeJS.ErrnoException;
        // ELOOP: a link, which is none of ours.
        if (code === 'ENOENT' || code === 'ELOOP') throw fail('recording-unknown', { cause });
        throw fail('recording-not-opened', { details: { reason: reasons[code] ?? `error ${code}` }, cause });
      }
    },
  };
}
