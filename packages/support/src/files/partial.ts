import { createHash } from 'node:crypto';
import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { makePrivateFolder, readPrivateFile, writePrivateFile } from '@sallyport/runtime/folder';
import { z } from 'zod';

/** What a part was copied from: the same source again if path, size and time of change are the same. */
export type PartSource = {
  readonly device: string;
  readonly direction: 'to-device' | 'from-device';
  /** Absolute paths. */
  readonly source: string;
  readonly target: string;
  readonly size: number;
  readonly modified: number;
};

/** Notes of parts, in the data folder, so that a later call can go on when session and program are long gone. */
export type PartNotes = {
  isOf(source: PartSource): boolean;
  keep(source: PartSource): void;
  forget(source: PartSource): void;
};

const noteSchema = z.object({ v: z.literal(1), size: z.number(), modified: z.number() });
const noteLimit = 1_000;

export function openPartNotes(data: string): PartNotes {
  const folder = join(data, 'parts');
  const fileOf = ({ device, direction, source, target }: PartSource): string => {
    const mark = createHash('sha256')
      .update(JSON.stringify([device, direction, source, target]))
      .digest('hex');
    return join(folder, `${mark}.json`);
  };
  return {
    isOf: (source) => {
      try {
        const note = readPrivateFile(fileOf(source), 1_024);
        const { size, modified } = noteSchema.parse(JSON.parse(note?.toString('utf8') ?? ''));
        return size === source.size && modified === source.modified;
      } catch {
        return false; // No note, or a damaged one: the copy begins anew.
      }
    },
    keep: (source) => {
      makePrivateFolder(folder);
      removeOldest(folder);
      const { size, modified } = source;
      writePrivateFile(fileOf(source), JSON.stringify({ v: 1, size, modified }));
    },
    forget: (source) => rmSync(fileOf(source), { force: true }),
  };
}

function removeOldest(folder: string): void {
  const names = readdirSync(folder);
  if (names.length < noteLimit) return;
  const files = names.map((name) => join(folder, name));
  const ages = files.map((file) => ({ file, at: statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0 }));
  for (const { file } of ages.toSorted((a, b) => a.at - b.at).slice(0, noteLimit / 10))
    rmSync(file, { force: true });
}
