import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { SallyportError } from '@sallyport/protocol/errors';
import { readPrivateFile, writePrivateFile } from '@sallyport/runtime/folder';
import { z } from 'zod';
import { type Step, stepSchema } from './steps.ts';
import { networkWishSchema } from './wish.ts';

/**
 * A change that stands until it is confirmed, as the data folder has it. Whoever takes it back renames the file first:
 *
 *   network-trial.json    stands
 *   network-back.json     is being taken back; left behind by a kill, it is begun anew
 *   network-done.json     was taken back, and the agent has not told so
 *   network-….spoiled     one of them that cannot be understood
 */
const standingSchema = z.strictObject({
  id: z.string(),
  /** Who wanted it. */
  by: z.string(),
  wish: networkWishSchema,
  bootId: z.string(),
  /** When it is taken back, in milliseconds since boot. */
  endsAtBootMs: z.number(),
  back: z.array(stepSchema).max(2_000),
  /** What makes it last where it is confirmed. */
  keep: z.array(stepSchema).max(8),
});
export type Standing = z.output<typeof standingSchema>;

const fileCap = 1024 * 1024;
const names = {
  standing: 'network-trial.json',
  back: 'network-back.json',
  done: 'network-done.json',
} as const;

function read(folder: string, name: keyof typeof names): Standing | undefined {
  const bytes = readPrivateFile(join(folder, names[name]), fileCap);
  if (!bytes) return undefined;
  return standingSchema.parse(JSON.parse(bytes.toString('utf8')));
}

/** The change that stands; undefined if none does. @throws what a file that is spoiled gives */
export const readStanding = (folder: string): Standing | undefined => read(folder, 'standing');

export const writeStanding = (folder: string, standing: Standing): void =>
  writePrivateFile(join(folder, names.standing), JSON.stringify(standing));

/** It was confirmed: nothing is taken back. @returns whether it still stood */
export function endStanding(folder: string): boolean {
  try {
    rmSync(join(folder, names.standing));
    return true;
  } catch {
    return false;
  }
}

/** What is being taken back, or was begun to be. @throws what a file that is spoiled gives */
export const readBack = (folder: string): Standing | undefined => read(folder, 'back');

/** From here on it is being taken back, and nobody confirms it any more. */
export const beginBack = (folder: string): void =>
  rename(join(folder, names.standing), join(folder, names.back));

/**
 * Takes back what stands, or what somebody began to take back and did not end. Whoever calls it has the turn.
 *
 * @param known what it is, where the file may be spoiled since
 * @returns whether there was something to take back
 * @throws what the first step says that fails; then it can be tried again
 */
export async function takeBack(
  folder: string,
  carryOut: (steps: readonly Step[]) => Promise<void>,
  known?: Standing,
): Promise<boolean> {
  beginBack(folder);
  const found = known && isBeingTakenBack(folder) ? known : readBack(folder);
  if (!found) return false;
  await carryOut(found.back);
  rename(join(folder, names.back), join(folder, names.done));
  return true;
}

/**
 * Sets files aside that cannot be understood: by them nothing is taken back.
 *
 * @returns where the one lies now of what stood or was being taken back; undefined if neither is spoiled
 */
export function setSpoiledAside(folder: string): string | undefined {
  const aside = (['standing', 'back'] as const).flatMap((name) => {
    try {
      read(folder, name);
      return [];
    } catch (error) {
      if (!isSpoiled(error)) throw error;
      const path = join(folder, names[name].replace('.json', '.spoiled'));
      rename(join(folder, names[name]), path);
      return [path];
    }
  });
  return aside[0];
}

/** Whether a file cannot be understood; not so where the disk does not let it be read at the moment. */
export const isSpoiled = (error: unknown): boolean =>
  error instanceof SyntaxError ||
  error instanceof z.ZodError ||
  (error instanceof SallyportError && (error.code === 'folder-permissions' || error.code === 'folder-owner'));

/** What fails again and again is tried after longer and longer: 2 s at first, 5 minutes at most. In milliseconds. */
export const pauseMs = (failures: number): number =>
  Math.min(2_000 * 2 ** Math.min(failures - 1, 16), 300_000);

/** Whether somebody takes a change back, or began to. */
export const isBeingTakenBack = (folder: string): boolean => existsSync(join(folder, names.back));

/**
 * What was taken back since somebody asked last.
 *
 * @param known what it is, where the file may be spoiled
 */
export function tellDone(folder: string, known?: Standing): Standing | undefined {
  const path = join(folder, names.done);
  const found = existsSync(path) ? (known ?? readDone(folder)) : undefined;
  rmSync(path, { force: true });
  return found;
}

function readDone(folder: string): Standing | undefined {
  try {
    return read(folder, 'done');
  } catch {
    return undefined; // It was taken back all the same.
  }
}

function rename(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
